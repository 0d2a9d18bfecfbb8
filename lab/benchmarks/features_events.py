"""A lake of many events, made by SQL: no users behind it, but the files, columns and ids of a real one."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from tipbandit_lab.lake.schema import EVENTS, struct_of
from tipbandit_lab.lake.upgrading import quoted, sql_type

DAYS: Final = 90
BEGINNING: Final = datetime(2026, 1, 5, tzinfo=UTC)
END: Final = BEGINNING + timedelta(days=DAYS)
EVENTS_A_USER: Final = 100
DECISIONS: Final = 0.6
"""Their share of the events; two of three are rewarded."""

_NUMBERED: Final = """
CREATE OR REPLACE TEMP TABLE numbered AS WITH once AS (SELECT
    number,
    CAST({day_ms} + hash(number) % 86400000 AS BIGINT) AS ms,
    CAST(hash(number + 1000000000000) % {users} AS BIGINT) AS taken,
    format('u-{{:08d}}', taken) AS user_id,
    (taken + hash(number + 2000000000000) % (4 + taken % 80) / 4) % 24 AS hour,
    hash(number + 3000000000000) % 4 AS luck,
    CAST(hash(number + 4000000000000) >> 1 AS BIGINT) AS noise
FROM range({first}, {last}) AS numbers(number))
FROM once UNION ALL (FROM once WHERE number % 1000 = 0)
"""
_ID: Final = (
    "format('{:08x}-{:04x}-7{:03x}-8{:03x}-{:012x}', "
    "ms >> 16, ms & 65535, noise & 4095, (noise >> 12) & 4095, CAST(number AS UBIGINT))"
)
_STAMP: Final = "strftime(epoch_ms(ms + {}), '%Y-%m-%d %H:%M:%S,%g+0000')"
_REACTION: Final = "CASE luck WHEN 0 THEN 'dismissed' WHEN 1 THEN 'ignored' ELSE 'completed' END"
_MADE: Final[Mapping[str, Mapping[str, str]]] = {
    "decisions": {
        "event": "'decision'",
        "schema_version": "2",
        "decision_id": _ID,
        "user_id": "user_id",
        "policy": "'linucb/v1'",
        "context": "{'hour': hour, 'weekday': number % 7}",
        "tip_id": "format('tip-{}', number % 1000)",
        "propensity": "0.9",
    },
    "rewards": {
        "event": "'reward'",
        "schema_version": "2",
        "decision_id": _ID,
        "user_id": "user_id",
        "policy": "'linucb/v1'",
        "tip_id": "format('tip-{}', number % 1000)",
        "reward": "1.0",
        "reaction": _REACTION,
        "dwell_s": "CASE WHEN noise % 5 > 0 THEN (noise % 900000) / 1000 END",
        "delay_ms": "noise % 43200000",
        "n": "1",
    },
}
"""What is made of each event. The rest is null: columns that the features do not read cost them nothing."""
_FROM: Final = {"decisions": "0", "rewards": "noise % 43200000"}
_WHERE: Final = {"decisions": "TRUE", "rewards": "noise % 3 < 2"}


def make(root: Path, events: int) -> int:
    """Write a lake of about so many events, a thousandth of them twice; return its size in bytes."""
    a_day = max(1, round(events * DECISIONS / DAYS))
    users = max(1, events // EVENTS_A_USER)
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        for day in range(DAYS):
            at = BEGINNING + timedelta(days=day)
            ends = {"first": day * a_day, "last": (day + 1) * a_day}
            connection.execute(_NUMBERED.format(day_ms=round(at.timestamp() * 1000), users=users, **ends))
            for table in _MADE:
                _write(connection, table, root / table / f"day={at.date()}" / "part-0.parquet")
    return sum(file.stat().st_size for file in root.rglob("*.parquet"))


def _write(connection: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    made = _MADE[table]
    fields = (
        f"{quoted(field.name)} := CAST({made.get(field.name, 'NULL')} AS {sql_type(field.type)})"
        for field in struct_of(EVENTS[table])
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"COPY (SELECT {_STAMP.format(_FROM[table])} AS timestamp, '$LATEST' AS function_version, "  # noqa: S608 - its own
        f"CAST(NULL AS VARCHAR) AS correlation_id, struct_pack({', '.join(fields)}) AS data "
        f"FROM numbered WHERE {_WHERE[table]}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
    )
