"""The table of profiles as it lies in files: what the laboratory's ``features`` writes."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from tipbandit_feast.definitions import KEY, MOMENT, PROFILE
from tipbandit_feast.errors import StoreError

_TYPES: Final = {"number": pa.float64(), "integer": pa.int64()}
_COLUMNS: Final = {
    KEY: pa.string(),
    MOMENT: pa.timestamp("us", tz="UTC"),
    **{name: _TYPES[row.dtype] for name, row in PROFILE.items()},
}


def checked(path: Path) -> ds.Dataset:
    """Return the table of a file, or of all Parquet files of a directory.

    Raises:
        StoreError: if there is none, a file is damaged, or columns are not there or of another type; all are named.
    """
    try:
        table = ds.dataset(path, format="parquet")
        files = table.files
        schemas = {file: ds.dataset(file, format="parquet").schema for file in files}
    except (OSError, ValueError, pa.ArrowException) as error:
        raise StoreError(f"{path} cannot be read as profiles: {error}") from error
    if not files:
        raise StoreError(f"{path} holds no profiles; `tipbandit_lab features --out {path}/DAY.parquet` writes some")
    if wrong := [f"{file}: {each}" for file, schema in schemas.items() for each in _wrong(schema)]:
        raise StoreError(f"no table of profiles: {', '.join(wrong)}")
    return table


def newest(table: ds.Dataset, as_of: datetime | None) -> datetime:
    """Return the last moment of which there are profiles, not later than ``as_of`` if that is given.

    Raises:
        StoreError: if there is none.
    """
    until = None if as_of is None else pc.field(MOMENT) <= pa.scalar(as_of, _COLUMNS[MOMENT])
    found: datetime | None = pc.max(table.to_table([MOMENT], filter=until)[MOMENT]).as_py()
    if found is None:
        raise StoreError(f"there are no profiles{'' if as_of is None else f' of {as_of.isoformat()} or before'}")
    return found


def users(table: ds.Dataset, as_of: datetime) -> int:
    """Return of how many users there are profiles not later than a moment."""
    until = pc.field(MOMENT) <= pa.scalar(as_of, _COLUMNS[MOMENT])
    count: int = pc.count_distinct(table.to_table([KEY], filter=until)[KEY]).as_py()
    return count


def among(table: ds.Dataset, users: Collection[str]) -> set[str]:
    """Return those of some users of whom there is a profile, of whatever moment."""
    asked = pc.field(KEY).isin(pa.array(list(users), _COLUMNS[KEY]))
    return set(table.to_table([KEY], filter=asked)[KEY].unique().to_pylist())


def _wrong(schema: pa.Schema) -> list[str]:
    have = dict(zip(schema.names, schema.types, strict=True))
    return [f"{name} is {have.get(name, 'not there')}, not {kind}" for name, kind in _COLUMNS.items()
            if have.get(name) != kind]  # fmt: skip
