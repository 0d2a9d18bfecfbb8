"""From a lake to sums: each reward with the features its decision has in one policy's feature set."""

# ruff: noqa: S608 - what is put into the query are columns of this module

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final, NamedTuple

import duckdb
import numpy as np

from tipbandit.features.encode import encode_columns
from tipbandit.features.schema import FeatureSet
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.arrays import Floats
from tipbandit_lab.prior.errors import PriorError
from tipbandit_lab.prior.sums import Sums, summed

_BATCH: Final = 20_000
_OF_TIP: Final = ("priority", "due_in_hours", "age_hours")
_TIP: Final = ", ".join(f"d.candidates.{name}[d.place] AS {name}" for name in _OF_TIP)
_QUERY: Final = f"""
WITH d AS (SELECT *, list_position(candidates.tip_id, tip_id) AS place FROM decisions)
SELECT r.user_id, r.decision_id, r.policy, r.reward,
       CAST(r."at" - r.delay_ms * INTERVAL 1 MILLISECOND AS DATE) AS day,
       CASE WHEN list_contains($same, r.policy) THEN r.x END AS x,
       d.hour, d.weekday, d.profile, d.place, {_TIP}
FROM rewards AS r LEFT JOIN d ON r.decision_id = d.decision_id AND r.policy = d.policy
ORDER BY r.user_id, r.decision_id
"""
"""The features that were learned with, where the policy that decided has the same; else what makes others of them."""


class _Context(NamedTuple):
    hour: float
    weekday: int


class _Tip(NamedTuple):
    """The tip that was shown, by column."""

    tip_id: Sequence[None]
    priority: Sequence[float | None]
    due_in_hours: Sequence[float | None]
    age_hours: Sequence[float | None]


class _Profile(NamedTuple):
    completion_rate: float | None
    dismiss_rate: float | None
    mean_dwell_s: float | None
    preferred_hour: float | None
    tips_30d: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """What a lake says to one policy.

    Attributes:
        sums: of the users, in the order of their ids.
        days: the first and the last day of the decisions.
        policies: how many rewards came from the decisions of each policy.
        left_out: how many rewards could not be used, by reason.
        fingerprint: 16 hex digits that other rewards or features do not share.
    """

    sums: Sums
    days: tuple[date, date]
    policies: Mapping[str, int]
    left_out: Mapping[str, int]
    fingerprint: str


def gather(lake: duckdb.DuckDBPyConnection, policy: Policy) -> Gathered:
    """Sum up all rewards of a lake in a policy's features, whichever policy decided.

    Args:
        lake: with the views ``decisions`` and ``rewards``.
        policy: whose features.

    Raises:
        PriorError: if there is no reward that can be used.
    """
    same = [each.key for each in POLICIES.values() if _same(each.feature_set, policy.feature_set)]
    found, left_out = lake.execute(_QUERY, {"same": same}), Counter[str]()
    names = [column[0] for column in found.description or ()]
    reading = _Reading(policy.feature_set)
    parts = [reading.sums(users, left_out) for users in _whole_users(_rows(found, names))]
    if reading.days is None:
        why = "; ".join(f"{count} {reason}" for reason, count in left_out.items()) or "there are none"
        raise PriorError(f"the lake has no rewards to learn {policy.key}'s prior from: {why}")
    sums = Sums.together(parts, policy.feature_set.dim)
    return Gathered(sums, reading.days, dict(reading.policies), dict(left_out), reading.fingerprint())


class _Reading:
    """What is noted of rewards while they are read."""

    def __init__(self, feature_set: FeatureSet) -> None:
        self._set = feature_set
        self.days: tuple[date, date] | None = None
        self.policies = Counter[str]()
        self._names, self._numbers = sha256(), sha256()

    def sums(self, rows: Sequence[Mapping[str, Any]], left_out: Counter[str]) -> Sums:
        """Return the sums of some users, whose rows come one user after the other."""
        used, xs = [], []
        for row in rows:
            x = self._features(row)
            if wrong := _wrong(row, x, self._set.dim):
                left_out[wrong] += 1
            else:
                used.append(row)
                xs.append(x)
        users = [row["user_id"] for row in used]
        x = np.array(xs, dtype=np.float64).reshape(-1, self._set.dim)
        r = np.array([row["reward"] for row in used], dtype=np.float64)
        self._note(used, x, r)
        starts = [k for k, user in enumerate(users) if k == 0 or user != users[k - 1]]
        return summed(x, r, np.array(starts, dtype=np.int64))

    def _features(self, row: Mapping[str, Any]) -> Floats | None:
        """Return x of the tip that was shown; None where it cannot be told."""
        if row["x"] is not None:
            return np.array(row["x"], dtype=np.float64)
        if row["place"] is None:
            return None
        tip = _Tip([None], *([row[name]] for name in _OF_TIP))
        profile = None if row["profile"] is None else _Profile(**row["profile"])
        (x,) = encode_columns(self._set, _Context(row["hour"], row["weekday"]), tip, profile)
        return np.asarray(x, dtype=np.float64)

    def _note(self, used: Sequence[Mapping[str, Any]], x: Floats, r: Floats) -> None:
        if not used:
            return
        self.policies.update(row["policy"] for row in used)
        days = [row["day"] for row in used]
        self.days = min(*days, *(self.days or days)), max(*days, *(self.days or days))
        self._names.update("".join(f"{row['user_id']} {row['decision_id']}\n" for row in used).encode())
        self._numbers.update(np.column_stack([x, r]).astype("<f8").tobytes())

    def fingerprint(self) -> str:
        """Return 16 hex digits that do not depend on how many users came at once."""
        both = self._names.digest() + self._numbers.digest()
        return sha256(self._set.fingerprint() + both).hexdigest()[:16]


def _rows(found: duckdb.DuckDBPyConnection, names: Sequence[str]) -> Iterator[list[Mapping[str, Any]]]:
    while batch := found.fetchmany(_BATCH):
        yield [dict(zip(names, row, strict=True)) for row in batch]


def _whole_users(batches: Iterator[list[Mapping[str, Any]]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Yield rows so that nobody's are torn apart: what a sum is does not depend on where a batch ends."""
    kept: list[Mapping[str, Any]] = []
    for batch in batches:
        kept += batch
        last = kept[-1]["user_id"]
        end = next((k for k in range(len(kept), 0, -1) if kept[k - 1]["user_id"] != last), 0)
        if end:
            yield kept[:end]
            kept = kept[end:]
    if kept:
        yield kept


def _wrong(row: Mapping[str, Any], x: Floats | None, dim: int) -> str | None:
    """Return why a reward cannot be used, if it cannot."""
    reward = row["reward"]
    if reward is None or not -1 <= reward <= 1:
        return "outside [-1, 1]"
    if x is None:
        return "of a decision that is not there, or did not have the tip"
    if len(x) != dim:
        return f"with features of another number than {dim}"
    return None if np.isfinite(x).all() else "with features that are no numbers"


def _same(one: FeatureSet, other: FeatureSet) -> bool:
    return one.fingerprint() == other.fingerprint()
