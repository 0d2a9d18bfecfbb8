"""Where a lake lies: a directory of this machine, or s3://bucket/prefix, read through ``pyarrow.fs``.

The layout is ``<root>/<table>/day=YYYY-MM-DD/<name>.parquet``, by the UTC day of arrival. What begins with a dot or an
underscore is somebody's work in progress and not looked at, as Hive and Spark have it.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
from pyarrow import fs

from tipbandit_lab.lake.errors import LakeError

Partitions = Mapping[date, tuple[str, ...]]
"""The files of a table by the day of their arrival, both in order."""

_S3: Final = "s3://"
_DAY: Final = re.compile(r"day=(\d{4}-\d{2}-\d{2})")
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A lake's root.

    Attributes:
        name: as it was given.
        files: the file system it is in.
        base: its path there.
        scheme: what comes before a path where DuckDB is to open it; nothing for a directory.
    """

    name: str
    files: fs.FileSystem
    base: str
    scheme: str

    @classmethod
    def of(cls, root: str | Path) -> "Place":
        """Return the place of a lake.

        Raises:
            LakeError: if there is none, or the bucket cannot be reached.
        """
        name = str(root)
        if name.startswith(_S3):
            place = cls(name, _s3(), name.removeprefix(_S3).rstrip("/"), _S3)
        elif "://" in name:
            raise LakeError(f"{name}: a lake is a directory or {_S3}bucket/prefix")
        else:
            place = cls(name, fs.LocalFileSystem(), str(Path(name).absolute()), "")
        place.check()
        return place

    def check(self) -> None:
        """Make sure that something is there.

        Raises:
            LakeError: if not.
        """
        kind = self._info(self.base).type
        if kind == fs.FileType.NotFound:
            raise LakeError(f"there is no lake at {self.name}; `make lake` fills one by simulation")
        if kind == fs.FileType.File:
            raise LakeError(
                f"{self.name} is a file; a lake is a directory with decisions/day=YYYY-MM-DD/*.parquet in it"
            )

    def partitions(self, table: str) -> Partitions:
        """Return the Parquet files of a table by day; none where the table is not there.

        Raises:
            LakeError: if one lies in no partition; it is named.
        """
        found: dict[date, list[str]] = {}
        base = f"{self.base}/{table}"
        for path in sorted(self._parquet(base)):
            found.setdefault(_day(path.removeprefix(f"{base}/"), path), []).append(self.scheme + path)
        return {day: tuple(found[day]) for day in sorted(found)}

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let DuckDB read here. Its own S3 is an extension that is downloaded at run time, and not used."""
        if not self.scheme:
            return
        try:
            from fsspec.implementations.arrow import ArrowFSWrapper  # type: ignore[import-untyped]  # noqa: PLC0415 - only for S3
        except ImportError as error:
            raise LakeError(f"a lake in S3 is read with fsspec: uv sync --project lab --extra dask ({error})") from None
        wrapper = type("_S3", (ArrowFSWrapper,), {"protocol": _S3.removesuffix("://")})
        connection.register_filesystem(wrapper(self.files))

    def _parquet(self, base: str) -> Iterator[str]:
        try:
            found = self.files.get_file_info(fs.FileSelector(base, recursive=True, allow_not_found=True))
        except (OSError, pa.ArrowException) as error:
            raise LakeError(f"{self.name} cannot be listed: {error}") from None
        for info in found:
            hidden = any(part.startswith((".", "_")) for part in info.path.removeprefix(f"{base}/").split("/"))
            if info.type == fs.FileType.File and info.path.endswith(".parquet") and not hidden:
                yield info.path

    def _info(self, path: str) -> fs.FileInfo:
        try:
            return self.files.get_file_info(path)
        except (OSError, pa.ArrowException) as error:
            raise LakeError(f"{self.name} cannot be reached: {error}") from None


def _s3() -> fs.FileSystem:
    endpoint = next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), None)
    scheme, _, host = (endpoint or "https://").partition("://")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return fs.S3FileSystem(scheme=scheme, endpoint_override=host.rstrip("/") or None, region=region)


def _day(within: str, path: str) -> date:
    """Return the day of a file's partition, of which there is one level."""
    directory, _, name = within.partition("/")
    found = _DAY.fullmatch(directory)
    try:
        if found and "/" not in name:
            return date.fromisoformat(found[1])
    except ValueError:
        pass
    raise LakeError(f"{path} lies in no partition day=YYYY-MM-DD of its table")
