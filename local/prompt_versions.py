"""The prompt versions of this repository, published in the emulated bucket as they are in a real one: each once."""

from pathlib import Path
from typing import Any

from tipbandit.adapters.s3_publishing import S3PromptPublisher
from tipbandit.adapters.s3_versions import key_of
from tipbandit.errors import PromptExistsError, TipbanditError


class PromptVersionError(Exception):
    """A prompt version cannot be published; the message is one line for the person who wrote it."""


def publish(directory: Path, bucket: str, s3: Any) -> list[str]:  # noqa: ANN401  boto3 makes it at run time
    """Publish what `directory` holds in `bucket`, and return a line for each version that is another there.

    Raises:
        PromptVersionError: one cannot be used.
    """
    publisher = S3PromptPublisher(bucket, s3)
    warnings = []
    for path in sorted(directory.glob("*.yaml")):
        version, raw, shown = path.stem, path.read_bytes(), _seen_from_here(path)
        try:
            publisher.publish(version, raw)
        except PromptExistsError:
            if s3.get_object(Bucket=bucket, Key=key_of(version))["Body"].read() != raw:
                warnings.append(
                    f"{shown} differs from the published {version}, which is never overwritten: "
                    "give it a new name, or `make clean`"
                )
        except TipbanditError as error:
            raise PromptVersionError(f"{shown}: {' '.join(str(error).split())}") from error
    return warnings


def _seen_from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
