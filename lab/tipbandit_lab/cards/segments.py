"""Groups of users who could fare worse than the rest: what they got, and what each policy would earn with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow.parquet as pq

from tipbandit.policies.policy import Policy
from tipbandit_lab.arrays import Bools, Floats, Ints
from tipbandit_lab.cards.card import Amount, Segment
from tipbandit_lab.evaluation.assembling import Scored, played, rounds_of
from tipbandit_lab.evaluation.checks import judge
from tipbandit_lab.evaluation.estimators import Terms, self_normalised
from tipbandit_lab.evaluation.intervals import Interval, bootstrap
from tipbandit_lab.evaluation.logs import Log
from tipbandit_lab.evaluation.replaying import Start, cold

EVENING: Final = 22
MORNING: Final = 6
"""The night, in hours of the user's day."""

_QUERY: Final = files(__package__).joinpath("memberships.sql").read_text(encoding="utf-8")
_GROUPS: Final = ("cold", "low_volume", "night")


@dataclass(frozen=True, slots=True, eq=False)
class Memberships:
    """Which shown decisions belong to each group, by decision id, and how many decisions are few."""

    of: Mapping[str, frozenset[str]]
    few: int


def memberships(connection: duckdb.DuckDBPyConnection, profiles: Path, rewards: int) -> Memberships:
    """Return the groups of a lake's decisions.

    Args:
        connection: with the views ``decisions`` and ``rewards``.
        profiles: the file of the features.
        rewards: a user is cold until they gave so many.
    """
    connection.register("profiles", pq.read_table(profiles, columns=["user_id", "preferred_hour"]))
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW bounds AS "
        f"SELECT {int(rewards)} AS cold, {EVENING} AS evening, {MORNING} AS morning"
    )
    rows = connection.sql(_QUERY).fetchall()
    of = {name: frozenset(row[0] for row in rows if row[place]) for place, name in enumerate(_GROUPS, start=1)}
    return Memberships(of, int(rows[0][-1]) if rows else 0)


def segments(  # noqa: PLR0913 - a log, two policies, and how to measure them
    log: Log,
    found: Scored,
    policies: tuple[Policy, Policy],
    groups: Memberships,
    *,
    alpha: float,
    rewards: int,
    start: Start = cold,
) -> tuple[Segment, ...]:
    """Return what everybody and each group got, and what the candidate and the incumbent would have earned with them.

    Self-normalised importance weights, intervals by resampling users (``evaluation.estimators``, ``.intervals``);
    refused where the data of the group do not support a number.

    Args:
        log: all decisions.
        found: those that count.
        policies: the candidate and the incumbent.
        groups: who belongs where.
        alpha: intervals have confidence 1 - ``alpha``.
        rewards: of which ``groups`` was made.
        start: what a policy knows of a new user.
    """
    targets = [played(log.decisions, found, policy, start=start).target for policy in policies]
    ids = [each.decision_id for each in found.decisions]
    return tuple(
        _measured(name, meaning, _part(found, targets, inside), alpha)
        for name, meaning, inside in _groups(ids, groups, rewards)
    )


def mean_of(reward: Floats, users: Ints, alpha: float) -> Amount:
    """Return the mean of rewards (n,) with an interval that resamples users (n,)."""
    (found,) = bootstrap((Terms(reward, np.zeros(len(reward)), np.ones(len(reward))),), users, alpha)
    return amount(found)


def amount(found: Interval) -> Amount:
    """Return an interval as a card has it: None for what is not finite."""
    value, low, high = (x if np.isfinite(x) else None for x in (found.estimate, found.low, found.high))
    return Amount(value=value, low=low, high=high)


def _groups(ids: Sequence[str], groups: Memberships, rewards: int) -> Iterator[tuple[str, str, Bools]]:
    meanings = {
        "cold": f"decisions for users who had given fewer than {rewards} rewards",
        "low_volume": f"the quarter of users with the fewest decisions: at most {groups.few}",
        "night": f"users who prefer the hours from {EVENING} to {MORNING}; if that is unknown, mostly asked then",
    }
    yield "everybody", "all decisions that count", np.ones(len(ids), dtype=np.bool_)
    for name in _GROUPS:
        inside = np.array([each in groups.of[name] for each in ids], dtype=np.bool_)
        yield name.replace("_", " "), meanings[name], inside


Part = tuple[Scored, Sequence[Sequence[Floats]]]


def _part(found: Scored, targets: Sequence[Sequence[Floats]], inside: Bools) -> Part:
    """Return the decisions of a group, and what each policy would have shown at them."""
    places = np.flatnonzero(inside).tolist()
    decisions = tuple(found.decisions[place] for place in places)
    part = Scored(decisions, frozenset(places), found.reward[inside], unrewarded=0)
    return part, [[target[place] for place in places] for target in targets]


def _measured(name: str, meaning: str, part: Part, alpha: float) -> Segment:
    found, targets = part
    said: dict[str, Any] = {"name": name, "meaning": meaning, "decisions": len(found.decisions)}
    if not found.decisions:
        return Segment(**said, users=0, refused=("it has no decision",))
    ours, theirs = (rounds_of(found, target) for target in targets)
    said |= {"users": len(np.unique(ours.groups)), "reward": mean_of(found.reward, ours.groups, alpha)}
    if refused := tuple(dict.fromkeys((*judge(ours).reasons, *judge(theirs).reasons))):
        return Segment(**said, refused=refused)
    both = bootstrap((self_normalised(ours), self_normalised(theirs)), ours.groups, alpha)
    candidate, incumbent, advantage = map(amount, both)
    return Segment(**said, candidate=candidate, incumbent=incumbent, advantage=advantage)
