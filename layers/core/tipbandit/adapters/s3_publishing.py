"""Publishing prompt versions on S3: each once, and never over another."""

from typing import Any, Final

from tipbandit.adapters.aws import Timeouts, client
from tipbandit.adapters.faults import FAULTS, may_be_done, named
from tipbandit.adapters.s3_versions import key_of, unavailable
from tipbandit.errors import OutcomeUnknownError, PromptExistsError
from tipbandit.prompts.prompt import Prompt, load

TIMEOUTS: Final = Timeouts(connect_ms=3_000, read_ms=10_000)
"""A person waits for it, perhaps far from the bucket."""
_EXISTS: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
"""There is one, or another is just being written."""


class S3PromptPublisher:
    """Publishes prompt versions in one bucket."""

    def __init__(self, bucket: str, s3: Any) -> None:  # noqa: ANN401  see adapters.aws
        """Use ``bucket`` through the client ``s3``."""
        self._bucket = bucket
        self._s3 = s3

    @classmethod
    def connect(cls, bucket: str) -> "S3PromptPublisher":
        """Return a publisher with a client of its own, which sends nothing twice: a second would find the first."""
        return cls(bucket, client("s3", TIMEOUTS))

    def publish(self, version: str, raw: bytes) -> Prompt:
        """Publish a document as a prompt version, and return it as it will be read.

        Raises:
            InvalidPromptError: if it cannot be used; nothing is published.
            PromptExistsError: if that version is published already, be it the same document.
            PromptsUnavailableError: if the registry fails with nothing published.
            OutcomeUnknownError: if it may be published all the same; trying again will tell.
        """
        prompt = load(version, raw)
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=key_of(version),
                Body=raw,
                ContentType="application/yaml",
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
            )
        except FAULTS as error:
            if named(error) in _EXISTS:
                raise PromptExistsError(f"prompt {version} is published already; choose another version") from error
            if may_be_done(error):
                raise OutcomeUnknownError(f"S3: {named(error)}; prompt {version} may be published") from error
            raise unavailable(error) from error
        return prompt
