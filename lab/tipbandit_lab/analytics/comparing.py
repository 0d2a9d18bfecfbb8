"""Who earns more where both could have been shown: prompt versions, policies, and shadows with what was shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

import duckdb

from tipbandit_lab.analytics.cells import Cell, Key, cells
from tipbandit_lab.analytics.estimating import Estimate, described, difference, weighted
from tipbandit_lab.analytics.measures import SHOWN, Measure
from tipbandit_lab.analytics.staging import Facts

FLAWED: Final = 0.01
"""The greatest share of rewarded decisions that may be missing from what is weighted by propensities."""
WEIGHTED: Final = "weighted_reward"
ADVANTAGE: Final = "advantage"

_NO_VERSION_PAIR: Final = "no rewarded decision had candidates of both"
_NO_POLICY_PAIR: Final = "different users: none has rewarded decisions of both on one day"


def versions(connection: duckdb.DuckDBPyConnection, facts: Facts, names: Sequence[str]) -> Iterator[Measure]:
    """Yield the weighted reward of each prompt version, by day too, and its advantage over each other one.

    Args:
        connection: of the staged lake.
        facts: of it.
        names: of all versions.
    """
    against = _flawed(facts)
    found = cells(connection, "version_rounds", facts.clusters)
    for key, estimate in zip(found, weighted(list(found.values()), beforehand=against), strict=True):
        yield Measure.of(estimate, by="prompt_version", group=key.name, day=key.day, measure=WEIGHTED)
    for name in names:
        if Key(name, "", None) not in found:
            estimate = _none("no rewarded decision with valid propensities had candidates of it")
            yield Measure.of(estimate, by="prompt_version", group=name, measure=WEIGHTED)
    pairs = cells(connection, "version_pairs", facts.clusters, daily=False)
    yield from _pairs("prompt_version", names, pairs, _NO_VERSION_PAIR, against)


def policies(connection: duckdb.DuckDBPyConnection, facts: Facts, names: Sequence[str]) -> Iterator[Measure]:
    """Yield the advantage of each policy over each other one, on the days of users whom both served."""
    pairs = cells(connection, "policy_pairs", facts.clusters, daily=False)
    yield from _pairs("policy", names, pairs, _NO_POLICY_PAIR, ())


def shadows(connection: duckdb.DuckDBPyConnection, facts: Facts) -> Iterator[Measure]:
    """Yield what shadows said, how often they agree with what was shown, and what they would have earned."""
    yield from _answers(connection)
    agreed = cells(connection, "agreement", facts.clusters)
    for key, estimate in zip(agreed, described(list(agreed.values())), strict=True):
        yield Measure.of(estimate, by="shadow", group=key.name, day=key.day, measure="agreement")
    found = cells(connection, "shadow_rounds", facts.clusters, daily=False)
    beside = cells(connection, "shown_beside", facts.clusters, daily=False)
    for name in _names(connection, "SELECT DISTINCT name FROM said ORDER BY name"):
        key, against = Key(name, "", None), (*_flawed(facts), *_unsound(connection, name))
        if key in found:
            yield from _valued(name, found[key], beside[key], against)
        else:
            estimate = _none(*against, "no rewarded decision with valid propensities was answered")
            yield Measure.of(estimate, by="shadow", group=name, measure="snips_reward")


def _pairs(
    by: str, names: Sequence[str], found: Mapping[Key, Cell], nothing: str, against: tuple[str, ...]
) -> Iterator[Measure]:
    """Yield both sides of each pair, and the advantage of the later name over the earlier."""
    for first, second in combinations(sorted(names), 2):
        ours, theirs = Key(second, first, None), Key(first, second, None)
        if ours not in found:
            missing = _none(*against, nothing)
            yield Measure.of(missing, by=by, group=second, against=first, measure=ADVANTAGE)
            continue
        both = (found[ours], found[theirs])
        for key, estimate in zip((ours, theirs), weighted(both, beforehand=against), strict=True):
            yield Measure.of(estimate, by=by, group=key.name, against=key.other, measure=WEIGHTED)
        estimate = difference(*both, beforehand=against)
        yield Measure.of(estimate, by=by, group=second, against=first, measure=ADVANTAGE)


def _valued(name: str, cell: Cell, beside: Cell, against: tuple[str, ...]) -> Iterator[Measure]:
    """Yield the off-policy value of a shadow: self-normalised, plain, and less what was shown on the same decisions."""
    (snips,) = weighted([cell], beforehand=against)
    ips = snips
    if not snips.why_not:
        (plain,) = described([replace(cell, weight=cell.rounds)])
        ips = replace(snips, value=plain.value, low=plain.low, high=plain.high)
    (shown,) = described([beside])
    gained = difference(cell, beside, beforehand=against)
    rows = {"snips_reward": snips, "ips_reward": ips, "shown_reward": shown}
    for measure, estimate in rows.items():
        yield Measure.of(estimate, by="shadow", group=name, measure=measure)
    yield Measure.of(gained, by="shadow", group=name, against=SHOWN, measure=ADVANTAGE)


def _answers(connection: duckdb.DuckDBPyConnection) -> Iterator[Measure]:
    found = (
        connection.table("said")
        .filter("decision_id IS NOT NULL")
        .aggregate(
            "name, day, count(*), count(DISTINCT user_id), count(*) FILTER (error IS NULL), count(error), "
            "count(*) FILTER (error IS NULL AND agrees)",
            "GROUPING SETS ((name), (name, day))",
        )
        .order("day NULLS FIRST, name")
    )
    for name, day, asked, users, *counts in found.fetchall():
        for measure, count in zip(("asked", "answered", "failed", "agreed"), (asked, *counts), strict=True):
            yield Measure(
                by="shadow", group=name, day=day, measure=measure, estimate=float(count), decisions=asked, users=users
            )


def _unsound(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[str]:
    query = "SELECT count(*), count(*) FILTER (NOT sound) FROM shadowed WHERE name = ?"
    ((count, unsound),) = connection.execute(query, [name]).fetchall()
    if unsound > FLAWED * count:
        yield (
            f"{unsound:,} of {count:,} answers have not one propensity a candidate, summing to 1"
            f" (at most {FLAWED:.0%} may be so)"
        )


def _flawed(facts: Facts) -> tuple[str, ...]:
    if facts.flawed <= FLAWED:
        return ()
    said = ", ".join(f"{reason}: {count:,}" for reason, count in facts.flaws.items())
    return (f"{facts.flawed:.1%} of rewarded decisions cannot be weighted (at most {FLAWED:.0%} may be so; {said})",)


def _none(*reasons: str) -> Estimate:
    return Estimate(value=None, low=None, high=None, rounds=0, users=0, effective=0.0, why_not=reasons)


def _names(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [name for (name,) in connection.execute(query).fetchall()]
