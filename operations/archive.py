"""An export on disk: the layout of DynamoDB's own export to S3, so that ``restore`` takes either.

``data/*.json.gz`` holds an item a line, ``{"Item": {...}}``; ``manifest-files.json`` a line a data file, with its MD5
and its number of items; ``manifest-summary.json`` what it all is. The manifests are written last: without them an
export is not whole.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

import base64
import gzip
import hashlib
import itertools
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from local.state import attributes, jsonable
from operations.errors import OperationsError

_FILES: Final = "manifest-files.json"
_SUMMARY: Final = "manifest-summary.json"
_DATA: Final = "data"
_FORMAT: Final = {"version": "2020-06-30", "outputFormat": "DYNAMODB_JSON", "exportType": "FULL_EXPORT"}
ITEMS_PER_FILE: Final = 100_000

Progress = Callable[[], object]
"""Called once an item."""


@dataclass(frozen=True, slots=True)
class Part:
    """One data file: where it is, how many items it holds, and the MD5 of its bytes in base64."""

    path: Path
    items: int
    md5: str


@dataclass(frozen=True, slots=True)
class Archive:
    """An export that is whole, as far as its manifests go; ``check`` looks at the rest."""

    parts: tuple[Part, ...]
    items: int

    def check(self, progress: Progress) -> None:
        """Read every data file from end to end.

        Raises:
            OperationsError: if one is missing, is not the file that was written, or holds something else than items.
        """
        for part in self.parts:
            if not part.path.is_file():
                raise OperationsError(f"the export is damaged: {part.path} is missing")
            if md5(part.path) != part.md5:
                raise OperationsError(f"the export is damaged: {part.path} does not have the MD5 of its manifest")
            read = sum(1 for _ in counted(_items(part.path), progress))
            if read != part.items:
                raise OperationsError(f"the export is damaged: {part.path} holds {read} items, not {part.items}")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield every item as boto3 wants it."""
        return itertools.chain.from_iterable(_items(part.path) for part in self.parts)


def write(directory: Path, items: Iterable[Mapping[str, Any]], about: Mapping[str, Any]) -> int:
    """Write an export into a directory that is new or empty, and return how many items it holds.

    Args:
        directory: where to.
        items: what, in DynamoDB's own notation.
        about: what the summary says besides: the table's ARN, say.

    Raises:
        OperationsError: if the directory holds anything.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise OperationsError(f"{directory} is not an empty directory")
    (directory / _DATA).mkdir(parents=True, exist_ok=True)
    parts = list(_parts(directory, iter(items)))
    total = sum(part.items for part in parts)
    lines = [
        {"itemCount": part.items, "md5Checksum": part.md5, "dataFileS3Key": f"{_DATA}/{part.path.name}"}
        for part in parts
    ]
    (directory / _FILES).write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    summary = {**_FORMAT, **about, "manifestFilesS3Key": _FILES, "itemCount": total}
    (directory / _SUMMARY).write_text(json.dumps(summary), "utf-8")
    return total


def read(directory: Path) -> Archive:
    """Return the export in ``directory``: one of ours, or one of DynamoDB's, copied from its bucket.

    Raises:
        OperationsError: if there is none, or it is not whole, or of another kind.
    """
    try:
        summary = json.loads((directory / _SUMMARY).read_text("utf-8"))
        if (found := {name: summary.get(name, fit) for name, fit in _FORMAT.items()}) != _FORMAT:
            raise OperationsError(f"{directory} is an export that cannot be read here: {found}")
        lines = [json.loads(line) for line in (directory / _FILES).read_text("utf-8").splitlines()]
        parts = tuple(
            Part(directory / _DATA / PurePosixPath(it["dataFileS3Key"]).name, int(it["itemCount"]), it["md5Checksum"])
            for it in lines
        )
        total = int(summary["itemCount"])
    except FileNotFoundError as error:
        raise OperationsError(f"{directory} is no export, or one that did not finish: no {error.filename}") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise OperationsError(f"the export is damaged: a manifest in {directory} cannot be read") from error
    if total != sum(part.items for part in parts):
        raise OperationsError(f"the export is damaged: the manifests in {directory} do not agree on the items")
    return Archive(parts, total)


def counted(items: Iterator[dict[str, Any]], progress: Progress) -> Iterator[dict[str, Any]]:
    """Yield the items, and call ``progress`` with each."""
    for item in items:
        progress()
        yield item


def md5(path: Path) -> str:
    """Return the MD5 of a file in base64, as the manifests have it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return base64.b64encode(digest.digest()).decode()


def _parts(directory: Path, items: Iterator[Mapping[str, Any]]) -> Iterator[Part]:
    for number in itertools.count():
        path = directory / _DATA / f"{number:06}.json.gz"
        written = 0
        with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            for written, item in enumerate(itertools.islice(items, ITEMS_PER_FILE), 1):  # noqa: B007  its last value
                packed.write(json.dumps({"Item": item}, default=jsonable).encode() + b"\n")
        yield Part(path, written, md5(path))
        if written < ITEMS_PER_FILE:
            return


def _items(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield _item(line)
    except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise OperationsError(f"the export is damaged: {path} holds something else than items") from error


def _item(line: str) -> dict[str, Any]:
    item = attributes(json.loads(line)["Item"])
    if not (isinstance(item["user_id"]["S"], str) and isinstance(item["kind"]["S"], str)):
        raise TypeError("a key is text")
    return item
