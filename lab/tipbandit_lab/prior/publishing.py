"""Publish a prior to the bucket that the service reads: once, and never over another."""

import os
from collections.abc import Mapping
from typing import Any, Final

from tipbandit_lab.prior.documents import Document
from tipbandit_lab.prior.errors import PriorError

_THERE: Final = frozenset({"PreconditionFailed", "412"})
_NOT_NOW: Final = frozenset({"ConditionalRequestConflict", "409"})


def publish(document: Document, bucket: str, client: Any = None) -> bool:  # noqa: ANN401 - boto3 makes it
    """Put a prior where ``/score`` and ``/reward`` find it, and say whether it was not there before.

    The object is written only if there is none of its key: two that publish at once cannot overwrite each other.

    Args:
        document: the prior.
        bucket: its name.
        client: of S3; by default as the environment says (also AWS_ENDPOINT_URL_S3).

    Raises:
        PriorError: if another prior has the version, or the bucket cannot be written.
    """
    client = client or _client()
    key = f"priors/{document.prior.version}.json"
    try:
        client.put_object(
            Bucket=bucket, Key=key, Body=document.content, ContentType="application/json", IfNoneMatch="*"
        )
    except _faults() as error:
        if _code(error) not in _THERE:
            again = "; somebody else is writing it, try again" if _code(error) in _NOT_NOW else ""
            raise PriorError(f"s3://{bucket}/{key} cannot be written: {error}{again}") from None
        _compare(client, bucket, key, document)
        return False
    return True


def setting(document: Document, environment: Mapping[str, str] = os.environ) -> str:
    """Return the setting PRIORS that has new users start from it; other policies keep what the environment names."""
    pairs = [pair.partition("=") for pair in environment.get("PRIORS", "").replace(",", " ").split()]
    versions = {key: version for key, _, version in pairs} | {document.policy.key: document.prior.version}
    return "PRIORS=" + " ".join(f"{key}={version}" for key, version in versions.items())


def _compare(client: Any, bucket: str, key: str, document: Document) -> None:  # noqa: ANN401 - as above
    try:
        there = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except _faults() as error:
        raise PriorError(f"s3://{bucket}/{key} is there, and cannot be read: {error}") from None
    if not document.same_numbers(there):
        raise PriorError(f"s3://{bucket}/{key} is another prior; what is published under a version never changes")


def _client() -> Any:  # noqa: ANN401 - as above
    try:
        import boto3  # noqa: PLC0415 - most of the laboratory does without
    except ImportError as error:
        raise PriorError(f"publishing needs boto3: uv sync --project lab --group service ({error})") from None
    try:
        return boto3.client("s3")
    except _faults() as error:
        raise PriorError(f"there is no S3 to publish to: {error}") from None


def _faults() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    return BotoCoreError, ClientError


def _code(error: Exception) -> str:
    response: Mapping[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))
