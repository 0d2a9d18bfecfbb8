"""Read a run back."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from tipbandit_lab import parts
from tipbandit_lab.configuration import fingerprint
from tipbandit_lab.tables import TABLES, Results

_WHO: Final = ("player", "persona", "seed", "block")
_MERGED: Final = ("personas", "seeds", "fingerprint", "commit")
"""In what runs that are read as one may differ."""


class NoResultsError(ValueError):
    """There is no whole run where one was to be read; the message says what is missing."""


def load(directories: Path | Sequence[Path]) -> Results:
    """Return a run, or several that differ only in their personas or seeds as one.

    Rows are sorted by who played and then by what the table counts, whoever computed them in whichever order.

    Raises:
        NoResultsError: if there is no run, an item is missing or damaged, or the runs do not belong together.
    """
    places = [directories] if isinstance(directories, Path) else list(directories)
    configs = [_configuration(directory) for directory in places]
    config = _merged(configs)
    found: dict[str, list[pa.Table]] = {name: [] for name in TABLES}
    for directory, own in zip(places, configs, strict=True):
        for tables in _items(directory, own):
            for name, table in tables.items():
                found[name].append(table)
    return Results(config=config, **{name: _sorted(name, tables) for name, tables in found.items()})


def _configuration(directory: Path) -> dict[str, Any]:
    found = parts.read_manifest(directory)
    if found is None:
        raise NoResultsError(f"{directory} holds no run (no readable {parts.MANIFEST})")
    return found


def _items(directory: Path, config: Mapping[str, Any]) -> list[dict[str, pa.Table]]:
    wanted = parts.items(config)
    tables = {item: parts.read(directory, item, config["fingerprint"]) for item in wanted}
    if lost := [item for item, found in tables.items() if found is None]:
        raise NoResultsError(
            f"{directory}: {len(lost)} of {len(wanted)} items are missing or damaged, the first is {lost[0]}; "
            "the command that made it goes on from there"
        )
    return [found for found in tables.values() if found is not None]


def _merged(configs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if not configs:
        raise NoResultsError("no runs to read")
    first = configs[0]
    for other in configs[1:]:
        if differs := [name for name in first if name not in _MERGED and first[name] != other.get(name)]:
            raise NoResultsError(f"runs of different {', '.join(differs)} cannot be read as one")
    personas = {each["name"]: each for config in configs for each in config["personas"]}
    seeds = sorted({seed for config in configs for seed in config["seeds"]})
    merged = {**first, "personas": list(personas.values()), "seeds": seeds}
    cells = [item for config in configs for item in parts.items(config)]
    if sorted(cells) != sorted(parts.items(merged)):
        raise NoResultsError("runs that are read as one must have every persona with every seed once")
    return (
        merged
        if len(configs) == 1
        else {**merged, "fingerprint": fingerprint([each["fingerprint"] for each in configs])}
    )


def _sorted(name: str, tables: Sequence[pa.Table]) -> pa.Table:
    key = TABLES[name].names[len(_WHO)]
    table = pa.concat_tables(tables).combine_chunks()
    return table.sort_by([(column, "ascending") for column in (*_WHO, key)])
