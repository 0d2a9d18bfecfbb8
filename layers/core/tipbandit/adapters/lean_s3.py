"""Reading objects of S3 without the SDK, where the environment says all there is to know; see ``lean``.

Source: "GetObject" and "Error responses", Amazon S3 API reference.
"""

import hashlib
import re
import time
from typing import Any, Final
from urllib.parse import quote

from botocore.exceptions import ClientError

from tipbandit.adapters.connection import Answer, Connection
from tipbandit.adapters.lean import (
    ForeignAnswerError,
    Variables,
    credentials_of,
    endpoint_at,
    given_endpoint,
    repeated,
    says_all,
)
from tipbandit.adapters.signing import Signer
from tipbandit.adapters.timeouts import Timeouts

_ENDPOINT_VARIABLE: Final = "AWS_ENDPOINT_URL_S3"
_NOTHING: Final = hashlib.sha256(b"").hexdigest()
_CODE: Final = re.compile(rb"<Code>([A-Za-z0-9]{1,64})</Code>")
_OK: Final = 200


def fits(variables: Variables) -> bool:
    """Tell whether a ``LeanBucket`` does what the SDK's client would do here."""
    return says_all(_ENDPOINT_VARIABLE, variables)


class LeanBucket:
    """One bucket, to read from."""

    def __init__(self, bucket: str, timeouts: Timeouts, variables: Variables, *, attempts: int) -> None:
        """Make a reader where ``fits``; nothing is connected yet."""
        region = variables["AWS_REGION"]
        given = given_endpoint(_ENDPOINT_VARIABLE, variables)
        # The bucket is part of the public host's name; a name with dots would not be one the certificate has.
        in_path = bool(given) or "." in bucket
        endpoint = endpoint_at(given or f"https://{'' if in_path else f'{bucket}.'}s3.{region}.amazonaws.com")
        self._prefix = f"/{bucket}/" if in_path else "/"
        self._authority = endpoint.authority
        self._signer = Signer(credentials_of(variables), "s3", region)
        self._connection = Connection(endpoint, timeouts, is_kept=False)
        self._attempts = attempts

    def read(self, key: str) -> bytes:
        """Return an object whole.

        Raises:
            ClientError: if S3 refused; its code is ``NoSuchKey`` where there is no such object.
            BotoCoreError: if no whole answer came in time.
        """
        path = self._prefix + quote(key, safe="/-_.~")
        return repeated(lambda: _read(self._asked(path)), self._attempts)

    def _asked(self, path: str) -> Answer:
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        headers = {"host": self._authority, "x-amz-content-sha256": _NOTHING}
        return self._connection.send("GET", path, self._signer.signed(headers, b"", at, method="GET", path=path), b"")


def _read(answer: Answer) -> bytes:
    if answer.status == _OK:
        if "etag" not in answer.headers:
            raise ForeignAnswerError
        return answer.body
    raise ClientError(_refusal(answer), "GetObject")


def _refusal(answer: Answer) -> Any:  # noqa: ANN401  its stubs want a type of their own
    code = _CODE.search(answer.body)
    return {
        "Error": {"Code": code[1].decode() if code else str(answer.status), "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": answer.status},
    }
