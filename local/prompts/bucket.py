"""A bucket of prompt versions: reading, publishing through the service's own adapter, retiring."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from local.child import REGION
from local.prompts.screen import PromptsError
from local.prompts.sources import SUFFIX, Document, is_version, sorted_naturally
from tipbandit.adapters.aws import client
from tipbandit.adapters.faults import FAULTS, named
from tipbandit.adapters.s3_publishing import TIMEOUTS, S3PromptPublisher
from tipbandit.adapters.s3_versions import key_of
from tipbandit.errors import OutcomeUnknownError, PromptExistsError, PromptsUnavailableError

_READERS: Final = 8
_FOLDER: Final = key_of("").removesuffix(SUFFIX)
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
_EMULATED: Final = {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


class BucketError(PromptsError):
    """A call was refused or failed; ``code`` is the service's, or the type of the SDK's error."""

    def __init__(self, bucket: str, error: BaseException) -> None:
        super().__init__(f"bucket {bucket}: {error}")
        self.code = named(error) if isinstance(error, Exception) else ""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The objects ``prompts/<version>.yaml`` of a bucket.

    Attributes:
        bucket: its name.
        endpoint: the emulator's address; None is AWS.
        s3: a client for what may be sent again.
        once: a client that sends nothing twice, for publishing.
    """

    bucket: str
    endpoint: str | None
    s3: Any = field(repr=False)
    once: Any = field(repr=False)

    @classmethod
    def connect(cls, bucket: str, endpoint: str | None = None) -> "Bucket":
        """Return a bucket by its name; nothing is sent yet.

        Raises:
            BucketError: there is no way to talk to it.
        """
        try:
            with _set(_environment(endpoint)):
                return cls(bucket, endpoint, client("s3", TIMEOUTS, attempts=3), client("s3", TIMEOUTS))
        except FAULTS as error:
            raise BucketError(bucket, error) from error

    @property
    def name(self) -> str:
        """See ``sources.Source``."""
        return f"bucket {self.bucket}"

    def where(self, version: str) -> str:
        """Return the address of a version's object, for people."""
        return f"s3://{self.bucket}/{key_of(version)}"

    def versions(self) -> list[str]:
        """See ``sources.Source``."""
        with self._errors():
            pages = list(self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=_FOLDER))
        names = [each["Key"].removeprefix(_FOLDER) for page in pages for each in page.get("Contents", ())]
        return sorted_naturally(name.removesuffix(SUFFIX) for name in names if is_version(name))

    def find(self, version: str) -> Document | None:
        """See ``sources.Source``."""
        return self._read(version)

    def find_all(self, versions: Sequence[str]) -> dict[str, Document]:
        """Return those of several versions that are there, read side by side."""
        with ThreadPoolExecutor(_READERS) as readers:
            found = readers.map(self.find, versions)
            return {document.version: document for document in found if document is not None}

    def retired(self, version: str) -> Document | None:
        """Return a version that was retired as it was; None if it was not, or if we may not know."""
        key = key_of(version)
        try:
            with self._errors():
                kept = self.s3.list_object_versions(Bucket=self.bucket, Prefix=key)
        except BucketError as error:
            if error.code == "AccessDenied":
                return None
            raise
        ids = [each["VersionId"] for each in kept.get("Versions", ()) if each["Key"] == key]
        hidden = any(each["IsLatest"] and each["Key"] == key for each in kept.get("DeleteMarkers", ()))
        return self._read(version, VersionId=ids[0]) if hidden and ids else None

    def publish(self, document: Document) -> bool:
        """Publish a version; returns False, and changes nothing, where there is one of that name.

        Raises:
            InvalidPromptError: if it cannot be used.
            BucketError: if the bucket fails with nothing published.
            PromptsError: if it fails and may have published it all the same.
        """
        try:
            S3PromptPublisher(self.bucket, self.once).publish(document.version, document.raw)
        except PromptExistsError:
            return False
        except PromptsUnavailableError as error:
            raise BucketError(self.bucket, error.__cause__ or error) from error
        except OutcomeUnknownError as error:
            raise PromptsError(f"bucket {self.bucket}: {error}: publish it again to know") from error
        return True

    @property
    def keeps_versions(self) -> bool:
        """Whether what is deleted can be brought back."""
        with self._errors():
            return bool(self.s3.get_bucket_versioning(Bucket=self.bucket).get("Status") == "Enabled")

    def delete(self, version: str) -> str | None:
        """Delete a version; returns the id of the marker that hides it, None where the bucket keeps no versions."""
        with self._errors():
            marker: str | None = self.s3.delete_object(Bucket=self.bucket, Key=key_of(version)).get("VersionId")
        return marker

    def _read(self, version: str, **which: str) -> Document | None:
        try:
            with self._errors():
                answer = self.s3.get_object(Bucket=self.bucket, Key=key_of(version), **which)
                return Document(version, answer["Body"].read(), self.where(version))
        except BucketError as error:
            if error.code == "NoSuchKey":
                return None
            raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except FAULTS as error:
            raise BucketError(self.bucket, error) from error


def _environment(endpoint: str | None) -> dict[str, str]:
    """Return the variables that a client for an endpoint is made under.

    An emulator on this machine is talked to without anybody's credentials, unless some are given for it, and past any
    proxy for the internet.
    """
    if endpoint is None:
        return {}
    here = {"AWS_ENDPOINT_URL_S3": endpoint}
    if urlsplit(endpoint).hostname not in _LOOPBACK:
        return here
    return {**here, "no_proxy": "*", **({} if "AWS_ACCESS_KEY_ID" in os.environ else _EMULATED)}


@contextmanager
def _set(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the length of a block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
