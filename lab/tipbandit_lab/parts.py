"""The files of a run: ``run.json`` says what it is, and each item leaves one Parquet file for each table."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tipbandit_lab.files import replacing
from tipbandit_lab.plan import Item
from tipbandit_lab.tables import TABLES

MANIFEST: Final = "run.json"

_KEY: Final = "tipbandit"


def write(directory: Path, item: Item, tables: Mapping[str, pa.Table], configuration: Mapping[str, Any]) -> None:
    """Write what an item left, with the configuration of its run in the metadata of each file."""
    said = {_KEY: json.dumps({"item": item.name, **configuration})}
    for name, schema in TABLES.items():
        with (
            replacing(_path(directory, name, item)) as path,
            pq.ParquetWriter(path, schema, write_page_checksum=True, store_schema=False) as written,
        ):
            written.write_table(tables[name])
            written.add_key_value_metadata(said)  # not with the schema, which would be written twice


def read(directory: Path, item: Item, fingerprint: str) -> dict[str, pa.Table] | None:
    """Return the tables of an item; None if one is missing, damaged or of another run."""
    tables = {name: _read(_path(directory, name, item), schema, fingerprint) for name, schema in TABLES.items()}
    whole = {name: table for name, table in tables.items() if table is not None}
    return whole if len(whole) == len(tables) else None


def said_by(file: pq.ParquetFile) -> dict[str, Any]:
    """Return what a file says of the run and the item it is of.

    Raises:
        ValueError: if it says nothing.
    """
    said = json.loads((file.metadata.metadata or {}).get(_KEY.encode(), b"null"))
    if not isinstance(said, dict):
        raise ValueError("no file of a run")  # noqa: TRY004 - a wrong value, whatever its type
    return said


def write_manifest(directory: Path, configuration: Mapping[str, Any]) -> None:
    """Say what the run in a directory is, creating the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        (directory / name).mkdir(exist_ok=True)
    with replacing(directory / MANIFEST) as written:
        written.write_text(json.dumps(configuration, indent=1) + "\n", encoding="utf-8")


def read_manifest(directory: Path) -> dict[str, Any] | None:
    """Return the configuration of the run in a directory; None if there is none, or it is damaged."""
    try:
        found = json.loads((directory / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "fingerprint" in found else None


def remove(directory: Path) -> None:
    """Remove the files of a run, and nothing else that may lie in its directory."""
    for name in TABLES:
        for path in sorted((directory / name).glob("*.parquet*")):
            path.unlink()
    (directory / MANIFEST).unlink(missing_ok=True)


def items(configuration: Mapping[str, Any]) -> Sequence[Item]:
    """Return the items of a configuration."""
    return [
        Item(persona["name"], seed, block)
        for persona in configuration["personas"]
        for seed in configuration["seeds"]
        for block in range(configuration["blocks"])
    ]


def _path(directory: Path, table: str, item: Item) -> Path:
    return directory / table / f"{item.name}.parquet"


def _read(path: Path, schema: pa.Schema, fingerprint: str) -> pa.Table | None:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table, said = file.read(), said_by(file)
    except (OSError, ValueError, pa.ArrowException):
        return None
    same = said.get("fingerprint") == fingerprint and said.get("item") == path.stem
    return table.replace_schema_metadata(None) if same and table.schema.equals(schema) else None
