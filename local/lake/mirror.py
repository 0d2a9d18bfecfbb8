"""The lake's bucket: it holds what the lake's directory holds."""

import contextlib
from pathlib import Path
from typing import Any


class Mirror:
    """The objects of a directory in a bucket of the emulator; without a bucket, nowhere."""

    def __init__(self, bucket: str, directory: Path, s3: Any) -> None:  # noqa: ANN401  boto3's clients have no type
        self._bucket = bucket
        self._directory = directory
        self._s3 = s3
        for path in sorted(directory.rglob("*")) if bucket else ():
            if path.is_file() and not path.name.startswith("."):
                self.put(path.relative_to(directory).as_posix())

    def put(self, key: str) -> None:
        """Put one object; one that somebody has removed from the directory since is none."""
        with contextlib.suppress(FileNotFoundError):
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=(self._directory / key).read_bytes())
