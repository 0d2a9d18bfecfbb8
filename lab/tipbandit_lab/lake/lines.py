"""The lines of a table as they arrived, and which of them are left out.

For each table there are, beside the view that others read:

- ``<table>_lines``: every line, with where it lies, its version, and its event as one of the newest version;
- ``<table>_left_out``: where the lines lie that are no event of a known version, or came once more;
- ``<table>_kept``: the lines that are not among these.
"""

# ruff: noqa: S608 - what is put into queries are names and conditions of this package, and files that were listed

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
from duckdb.sqltypes import DuckDBPyType

from tipbandit_lab.lake.errors import LakeError
from tipbandit_lab.lake.schema import ENVELOPE, VERSIONS
from tipbandit_lab.lake.upgrading import columns, fields, quoted, selected

LINES: Final = "{}_lines"
LEFT_OUT: Final = "{}_left_out"
KEPT: Final = "{}_kept"

DECIDED: Final = "epoch_ms(TRY_CAST('0x' || substr(decision_id, 1, 8) || substr(decision_id, 10, 4) AS BIGINT))"
"""The moment that a UUIDv7 carries, a TIMESTAMP; with ``uuid_extract_timestamp`` a quarter slower."""
LOGGED: Final = "CAST(TRY_CAST(replace(timestamp, ',', '.') AS TIMESTAMPTZ) AS TIMESTAMP)"
"""As Powertools writes it, 2026-01-05 08:30:00,123+0000, or as RFC 3339; null where it is neither."""

PLACE: Final = "part, file_index, file_row_number"
KEYS: Final = {"decisions": "decision_id", "rewards": "decision_id", "shadows": "decision_id, signal"}
TIES: Final = {
    "decisions": "tip_id, propensity",
    "rewards": "n, reward, tip_id",
    "shadows": "tip_id, latency_ms",
}
"""What decides between different lines that were logged at the same moment; names of files are not the same twice."""
_IS_UUID7: Final = "(length(decision_id) = 36 AND substr(decision_id, 15, 1) = '7')"


@dataclass(frozen=True, slots=True)
class _Part:
    """Files that have the same columns, and the types of these."""

    files: Sequence[str]
    types: Mapping[str, DuckDBPyType]


def attach(connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[str]) -> None:
    """Make the view of a table's lines; without files it has no rows.

    Raises:
        LakeError: if a file is damaged or is not the table's; it is named.
    """
    parts = _parts(connection, files) if files else []
    selects = [_select(table, number, part) for number, part in enumerate(parts)] or [_none(table)]
    name = LINES.format(table)
    try:
        connection.execute(f"CREATE TEMP VIEW {name} AS {' UNION ALL BY NAME '.join(selects)}")
    except duckdb.Error as error:
        raise LakeError(f"{files[0]} and others cannot be read as {table}: {error}") from None


def leave_out(connection: duckdb.DuckDBPyConnection, table: str, *, skip_unknown: bool) -> None:
    """Find the lines that are left out, and make the view of the others.

    One pass over the keys finds the hashes that occur more than once; what it holds in memory is a number for each
    line. Only lines with such a hash are then looked at.

    Raises:
        LakeError: if lines are no event of a known version and are not to be skipped; their versions are counted.
    """
    lines, left_out, key = LINES.format(table), LEFT_OUT.format(table), KEYS[table]
    connection.execute(f"CREATE TEMP TABLE {left_out} (part INTEGER, file_index UBIGINT, file_row_number BIGINT)")
    connection.execute(
        f"CREATE TEMP TABLE {table}_again AS SELECT CASE WHEN {known(table)} THEN hash({key}) END AS code "
        f"FROM {lines} GROUP BY code HAVING count(*) > 1 OR code IS NULL"
    )
    (unknown, again) = connection.sql(f"SELECT count(*) - count(code), count(code) FROM {table}_again").fetchall()[0]
    if unknown and not skip_unknown:
        raise LakeError(f"{table}: {_unknown(connection, table)}; --skip-unknown leaves them out")
    if unknown:
        connection.execute(f"INSERT INTO {left_out} SELECT {PLACE} FROM {lines} WHERE NOT {known(table)}")
    if again:
        turn = f"row_number() OVER (PARTITION BY {key} ORDER BY {LOGGED} NULLS LAST, timestamp, {TIES[table]}, {PLACE})"
        connection.execute(
            f"INSERT INTO {left_out} SELECT {PLACE} FROM (SELECT {PLACE}, {turn} AS turn "
            f"FROM (SELECT *, hash({key}) AS code FROM {lines} WHERE {known(table)}) "
            f"SEMI JOIN {table}_again USING (code)) WHERE turn > 1"
        )
    connection.execute(f"DROP TABLE {table}_again")
    kept = f"SELECT * FROM {lines} ANTI JOIN {left_out} USING ({PLACE})" if again or unknown else f"FROM {lines}"
    connection.execute(f"CREATE TEMP VIEW {KEPT.format(table)} AS {kept}")


def known(table: str) -> str:
    """The condition on an event of a known version; never null."""
    versions = ", ".join(map(str, VERSIONS[table]))
    return f"coalesce(version IN ({versions}) AND {_IS_UUID7}, FALSE)"


def _unknown(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Return what there is of lines that are no event of a known version, in words; nothing where there is none."""
    found = connection.execute(
        f"SELECT version, count(*) FROM {LINES.format(table)} WHERE NOT {known(table)} "
        "GROUP BY version ORDER BY version NULLS LAST"
    ).fetchall()
    versions = ", ".join(map(str, VERSIONS[table]))
    said = []
    for version, count in found:
        if version in VERSIONS[table]:
            said.append(f"{count:,} lines of version {version} without a UUIDv7 as decision_id")
        else:
            said.append(f"{count:,} lines of version {'none' if version is None else version} (known: {versions})")
    return ", ".join(said)


def _parts(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> list[_Part]:
    try:
        groups = connection.execute(
            """
            SELECT list(file_name ORDER BY file_name) FROM (
                SELECT file_name, list((name, type, duckdb_type) ORDER BY column_id) AS columns
                FROM parquet_schema(?) GROUP BY file_name
            ) GROUP BY columns ORDER BY min(file_name)
            """,
            [list(files)],
        ).fetchall()
    except duckdb.Error as error:
        raise LakeError(_damaged(connection, files) or f"the lake cannot be read: {error}") from None
    parts = []
    for (same,) in groups:
        found = connection.sql("SELECT * FROM read_parquet(?, hive_partitioning = false)", params=[same[:1]])
        parts.append(_Part(same, dict(zip(found.columns, found.types, strict=True))))
    return parts


def _damaged(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> str:
    """Return which files are no Parquet files, in words."""
    damaged = []
    for file in files:
        try:
            connection.execute("SELECT count(*) FROM parquet_schema(?)", [[file]])
        except duckdb.Error:
            damaged.append(file)
    if not damaged:
        return ""
    others = f" and {len(damaged) - 1} more" if len(damaged) > 1 else ""
    return f"{damaged[0]}{others}: truncated, or no Parquet; remove it, or have it delivered once more"


def _select(table: str, number: int, part: _Part) -> str:
    data = part.types.get("data")
    have = fields(data)
    if data is None or "decision_id" not in have:
        raise LakeError(f"{part.files[0]} is no file of {table}: its events have no decision_id")
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in part.files)
    envelope = {
        name: f"CAST({name} AS VARCHAR)" if name in part.types else "CAST(NULL AS VARCHAR)" for name in ENVELOPE
    }
    version = "CAST(data.schema_version AS BIGINT)" if "schema_version" in have else "CAST(NULL AS BIGINT)"
    named = {**envelope, **selected(table, data)}
    return (
        f"SELECT {number} AS part, file_index, file_row_number, filename, {version} AS version, "
        f"{', '.join(f'{expression} AS {quoted(name)}' for name, expression in named.items())} "
        f"FROM read_parquet([{listed}], file_row_number = true, filename = true, hive_partitioning = false)"
    )


def _none(table: str) -> str:
    """A table without files: its columns, and no row."""
    own = {"part": "INTEGER", "file_index": "UBIGINT", "file_row_number": "BIGINT", "filename": "VARCHAR"}
    named = {**own, "version": "BIGINT", **dict.fromkeys(ENVELOPE, "VARCHAR"), **columns(table)}
    return f"SELECT {', '.join(f'CAST(NULL AS {kind}) AS {quoted(name)}' for name, kind in named.items())} WHERE FALSE"
