"""What a shadow said it would show, as a policy to be evaluated: its logged propensities, without any replay.

A shadow is asked about decisions that others made and is never rewarded. So what is evaluated is the policy *as it
answered*, with whatever it had learned when it served itself: nothing, if it never did.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np

from tipbandit.features.encode import encode_columns
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation.assembling import Played, Scored
from tipbandit_lab.evaluation.logs import Logged
from tipbandit_lab.evaluation.record import Shadow
from tipbandit_lab.evaluation.rounds import TOLERANCE

PREFIX: Final = "shadow:"
"""With which the names of shadows' signals begin: a candidate of such a name is a shadow."""
SILENT: Final = 0.01
"""The largest share of the decisions of its time that a shadow may have said nothing of: it may not be by chance."""

_QUERY: Final = """
SELECT decision_id, policy, error, degraded, list_transform(ranking, lambda row: row.tip_id) AS tips,
       list_transform(ranking, lambda row: row.propensity) AS propensities
FROM shadows WHERE signal = ?
"""


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a shadow said of the decisions that count.

    Attributes:
        key: the name of its signals.
        shadow: who it is, and how much of it was heard.
        found: the decisions that count and that it said something of.
        played: what it would have shown at these.
        left_out: decisions of its time that it said nothing of that can be used, by the reason.
        reasons: why no number may rest on this, each a sentence without its full stop.
    """

    key: str
    shadow: Shadow
    found: Scored
    played: Played
    left_out: Mapping[str, int]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Signal:
    """One answer: a probability for each tip, or why there is none."""

    chances: Mapping[str, float]
    wrong: str | None
    degraded: bool


def heard(connection: duckdb.DuckDBPyConnection, name: str, found: Scored, features_of: Policy) -> Said:
    """Return what a shadow said.

    Its time is from the first to the last of the decisions that count of which it has a signal; others are left aside,
    as it was not switched on.

    Args:
        connection: with the view ``shadows`` of the lake.
        name: of its signals, ``shadow:<name>``.
        found: the decisions that count.
        features_of: whose features the reward model sees if the shadow's policy is not registered here; estimates are
            unbiased with any.

    Raises:
        ValueError: if there are no signals of this name, or they are of several policies.
    """
    signals, policy = _read(connection, name)
    times = [each.at_ms for each in found.decisions if each.decision_id in signals]
    within = [bool(times) and times[0] <= each.at_ms <= times[-1] for each in found.decisions]
    wrong = [_wrong(each, signals) if inside else "" for each, inside in zip(found.decisions, within, strict=True)]
    left_out = Counter(each for each in wrong if each)
    keep = [inside and not each for inside, each in zip(within, wrong, strict=True)]
    kept = _kept(found, keep)
    shadow = Shadow(
        policy=policy,
        asked=sum(within),
        answered=len(kept.decisions),
        degraded=sum(signals[each.decision_id].degraded for each in kept.decisions),
    )
    played = _played(kept.decisions, signals, POLICIES.get(policy, features_of))
    return Said(name, shadow, kept, played, dict(left_out), tuple(_silent(left_out, shadow.asked)))


def _read(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[dict[str, _Signal], str]:
    rows = connection.execute(_QUERY, [name]).fetchall()
    policies = sorted({row[1] for row in rows})
    if not rows:
        there = [row[0] for row in connection.execute("SELECT DISTINCT signal FROM shadows ORDER BY 1").fetchall()]
        raise ValueError(f"the lake has no signals of {name}; there are {', '.join(there) or 'none of any shadow'}")
    if len(policies) > 1:
        raise ValueError(f"the signals of {name} are of several policies: {', '.join(policies)}")
    return {str(row[0]): _signal(row) for row in rows}, policies[0]


def _signal(row: tuple[Any, ...]) -> _Signal:
    _, _, error, degraded, tips, propensities = row
    if error is not None or not tips or not propensities:
        return _Signal({}, "the shadow gave no answer", degraded=False)
    chances = dict(zip(tips, (np.nan if each is None else each for each in propensities), strict=True))
    p = np.array(list(chances.values()))
    fit = len(chances) == len(tips) and bool((p >= 0).all()) and abs(float(p.sum()) - 1) <= TOLERANCE
    return _Signal(chances, None if fit else "the shadow's propensities are none", bool(degraded))


def _wrong(logged: Logged, signals: Mapping[str, _Signal]) -> str:
    """Return why what a shadow said of a decision cannot be used; empty if it can."""
    signal = signals.get(logged.decision_id)
    if signal is None:
        return "there is no signal of the shadow"
    if signal.wrong is not None:
        return signal.wrong
    return "" if set(logged.tips.tip_id) == signal.chances.keys() else "the shadow ranked other candidates"


def _silent(left_out: Mapping[str, int], asked: int) -> list[str]:
    shares = {reason: count / asked for reason, count in left_out.items()}
    return [f"of {share:.1%} of the decisions {reason}" for reason, share in shares.items() if share > SILENT]


def _kept(found: Scored, keep: Sequence[bool]) -> Scored:
    numbers = [number for number, kept in zip(sorted(found.index), keep, strict=True) if kept]
    decisions = tuple(each for each, kept in zip(found.decisions, keep, strict=True) if kept)
    return Scored(decisions, frozenset(numbers), found.reward[np.array(keep, dtype=bool)], found.unrewarded)


def _played(decisions: Sequence[Logged], signals: Mapping[str, _Signal], policy: Policy) -> Played:
    target, x = [], []
    for each in decisions:
        chances = signals[each.decision_id].chances
        target.append(_row(chances, each.tips.tip_id))
        x.append(encode_columns(policy.feature_set, each.moment, each.tips, each.profile))
    return Played(tuple(target), np.concatenate(x) if x else np.empty((0, policy.feature_set.dim)))


def _row(chances: Mapping[str, float], tips: Sequence[str]) -> Floats:
    row: Floats = np.array([chances[tip] for tip in tips], dtype=np.float64)
    return row
