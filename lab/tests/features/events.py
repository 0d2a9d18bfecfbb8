"""Events as a caller lives through them, the lake they become, and what the recommender itself makes of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, get_args

import duckdb
import pyarrow as pa

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.contracts.reward import Reaction
from tipbandit.ids import uuid7
from tipbandit_lab.features import duck
from tipbandit_lab.features.definition import PROFILE
from tipbandit_lab.lake.writing import Line, rows, write
from tipbandit_recommender.profile import Shown, profile_features

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)
POLICY: Final = "linucb/v1"
REACTIONS: Final = (None, *get_args(Reaction))
_MOMENT: Final = pa.timestamp("ms")
_COLUMNS: Final = {
    "decisions": pa.schema({"decision_id": pa.string(), "user_id": pa.string(), "at": _MOMENT, "hour": pa.float64()}),
    "rewards": pa.schema({"decision_id": pa.string(), "at": _MOMENT, "reaction": pa.string(), "dwell_s": pa.float64()}),
}
Rows = Mapping[str, Mapping[str, Any]]
"""The table of profiles by user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """One tip that was shown, but to a ``shadow``; ``told`` after it was, None if never, the reaction and dwell were.

    ``shadow`` is None where the event does not say.
    """

    user: str = "u"
    at: datetime = NOW - DAY
    hour: float = 8.0
    shadow: bool | None = False
    told: timedelta | None = timedelta(minutes=1)
    reaction: Reaction | None = None
    dwell_s: float | None = None

    def known(self, now: datetime) -> Shown:
        """What the caller's history says of it at a moment."""
        heard = self.told is not None and self.at + self.told <= now
        return Shown(
            shown_at=self.at,
            hour=self.hour,
            reaction=self.reaction if heard else None,
            dwell_s=self.dwell_s if heard else None,
        )


def id_of(number: int, tip: Tip) -> str:
    unix_ms = (tip.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return str(uuid7(unix_ms, number.to_bytes(10, "big")))


def recommended(tips: Iterable[Tip], now: datetime) -> dict[str, ProfileFeatures]:
    """What the recommender says of every user to whom something has been shown by a moment."""
    histories: dict[str, list[Shown]] = {}
    for tip in tips:
        if tip.at <= now:
            histories.setdefault(tip.user, [])
    for tip in tips:
        if tip.user in histories:
            histories[tip.user].append(tip.known(now))
    return {user: profile_features(history, now=now) for user, history in histories.items()}


def fill(root: Path, tips: Sequence[Tip], *, twice: bool = False) -> Path:
    """Write a lake; every line a second time, into another file, if ``twice``."""
    lines: dict[str, list[Line]] = {"decisions": [], "rewards": []}
    for number, tip in enumerate(tips):
        lines["decisions"].append(Line(tip.at, decided(number, tip)))
        if tip.told is not None:
            lines["rewards"].append(Line(tip.at + tip.told, rewarded(number, tip)))
    for table, written in lines.items():
        for copy in range(1 + twice):
            if written:
                write(root, table, NOW.date(), f"part-{copy}", rows(table, written))
    return root


def decided(number: int, tip: Tip) -> dict[str, Any]:
    envelope = {"event": "decision", "schema_version": 2, "decision_id": id_of(number, tip), "user_id": tip.user}
    context = {"hour": float(tip.hour), "weekday": tip.at.weekday()}
    shown = {"tip_id": f"t{number}", "propensity": 0.5, "shadow": tip.shadow}
    return {**envelope, "policy": POLICY, "context": context, **shown}


def rewarded(number: int, tip: Tip) -> dict[str, Any]:
    assert tip.told is not None
    envelope = {"event": "reward", "schema_version": 2, "decision_id": id_of(number, tip), "user_id": tip.user}
    told = {"reaction": tip.reaction, "dwell_s": None if tip.dwell_s is None else float(tip.dwell_s)}
    return {**envelope, **told, "policy": POLICY, "reward": 0.0, "delay_ms": tip.told // timedelta(milliseconds=1)}


def in_memory(tips: Sequence[Tip]) -> duckdb.DuckDBPyConnection:
    """The views of a lake without one: quick, where the lake itself is not what is tested."""
    named = [(id_of(number, tip), tip) for number, tip in enumerate(tips)]
    tables: dict[str, list[tuple[Any, ...]]] = {
        "decisions": [(name, tip.user, tip.at, tip.hour) for name, tip in named],
        "rewards": [
            (name, tip.at + tip.told, tip.reaction, tip.dwell_s) for name, tip in named if tip.told is not None
        ],
    }
    connection = duckdb.connect()
    for table, listed in tables.items():
        columns = list(zip(*listed, strict=True)) or [()] * len(_COLUMNS[table])
        arrays = [pa.array(column, kind) for column, kind in zip(columns, _COLUMNS[table].types, strict=True)]
        connection.register(table, pa.table(arrays, schema=_COLUMNS[table]))
    return connection


def by_duckdb(tips: Sequence[Tip], now: datetime = NOW) -> Rows:
    with in_memory(tips) as connection:
        return by_user(duck.profiles(connection, now).to_arrow_table().to_pylist())


def by_user(table: Iterable[Mapping[str, Any]]) -> Rows:
    listed = list(table)
    found = {row["user_id"]: row for row in listed}
    assert len(found) == len(listed)
    return found


def profiles(found: Rows) -> dict[str, ProfileFeatures]:
    """The rows as the service takes them: it refuses what lies out of range."""
    return {user: ProfileFeatures(**{name: row[name] for name in PROFILE}) for user, row in found.items()}


def crowd(users: int, seed: int = 0) -> list[Tip]:
    """Users of all kinds: few tips and many, hours that agree and do not, what is told late, never or not measured."""
    draw = Random(seed)  # noqa: S311
    return [tip for user in range(users) for tip in _history(f"u{user:04d}", draw)]


def _history(user: str, draw: Random) -> list[Tip]:
    likes, spread = draw.uniform(0, 24), draw.choice([0, 0, 0.5, 3, 24])
    lazy, measured = draw.random(), draw.choice([0, 0.5, 1])
    return [
        Tip(
            user=user,
            at=NOW - timedelta(milliseconds=draw.choice([0, draw.randrange(70 * 86_400_000), 30 * 86_400_000])),
            hour=draw.choice([(likes + draw.uniform(-spread, spread)) % 24, draw.randrange(96) / 4]),
            told=None if draw.random() < lazy / 2 else timedelta(milliseconds=draw.randrange(2 * 86_400_000)),
            reaction=draw.choice(REACTIONS) if draw.random() < lazy else "completed",
            dwell_s=draw.choice([0.0, 599.9996, 600.0, 86_400.0, draw.expovariate(1 / 30)])
            if draw.random() < measured
            else None,
        )
        for _ in range(draw.choice([1, 2, 3, 3, 4, 10, 60]))
    ]
