"""Requests signed with SigV4, for an API that asks for IAM.

botocore does the arithmetic. It comes with the extra ``aws`` and is loaded by the first ``SigV4`` only, so that callers
behind a token issuer need not have it.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote

import httpx

from tipbandit_recommender.errors import SigningError

if TYPE_CHECKING:
    from botocore.credentials import Credentials, ReadOnlyCredentials
    from botocore.session import Session

_SIGNED: Final = ("host", "content-type")
"""Of the request's own headers; a proxy on the way may change the others."""


class SigV4(httpx.Auth):
    """Signs each request with the credentials of its moment: temporary ones are refreshed before they expire."""

    requires_request_body = True

    def __init__(
        self,
        region: str,
        *,
        service: str = "execute-api",
        credentials: "Credentials | None" = None,
        session: "Session | None" = None,
    ) -> None:
        """Sign for a region with ``credentials``, or those ``session`` finds, or those botocore finds by itself.

        Raises:
            ImportError: if botocore is not installed.
            SigningError: if no credentials are found.
        """
        try:
            import botocore.auth  # noqa: PLC0415  see the module's docstring
            import botocore.session  # noqa: PLC0415
        except ImportError as error:
            raise ImportError("signing requests needs botocore: pip install 'tipbandit-recommender[aws]'") from error
        found = credentials or (session or botocore.session.Session()).get_credentials()
        if found is None:
            raise SigningError("no AWS credentials were found")
        self._region = region
        self._service = service
        self._credentials = found

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign a request, all of its body and query string included (httpx calls this before it sends)."""
        from botocore.auth import SigV4Auth  # noqa: PLC0415  see the module's docstring
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415

        if request.url.query:
            request.url = request.url.copy_with(query=_strict(request.url.query))
        own = {name: request.headers[name] for name in _SIGNED if name in request.headers}
        signed = AWSRequest(method=request.method, url=str(request.url), headers=own, data=request.content)
        SigV4Auth(self._current(), self._service, self._region).add_auth(signed)
        request.headers.update(signed.headers.items())
        yield request

    def _current(self) -> "ReadOnlyCredentials":
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  see the module's docstring

        try:
            return self._credentials.get_frozen_credentials()
        except (BotoCoreError, ClientError) as error:
            raise SigningError("the AWS credentials could not be refreshed") from error


def _strict(query: bytes) -> bytes:
    """Return a query string in the one spelling that is signed (RFC 3986: a space is %20, never a plus)."""
    pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True)
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs).encode()
