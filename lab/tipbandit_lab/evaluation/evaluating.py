"""Evaluate a candidate against an incumbent on the decisions of a lake."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import duckdb
import numpy as np

from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation import logs, shadows
from tipbandit_lab.evaluation.assembling import Played, Scored, Told, Unrewarded, played, rounds_of, scored
from tipbandit_lab.evaluation.checks import Limits, Verdict, calibration, judge, overlap
from tipbandit_lab.evaluation.estimators import PLAIN, Terms, largest_weight, replay, shrunk, switch
from tipbandit_lab.evaluation.intervals import RESAMPLES, bootstrap
from tipbandit_lab.evaluation.logs import Log, Logged
from tipbandit_lab.evaluation.models import FOLDS, cross_fitted, folds_of
from tipbandit_lab.evaluation.record import Estimated, Evaluation, Sequences
from tipbandit_lab.evaluation.replaying import Recheck, Start, cold, recheck
from tipbandit_lab.evaluation.rounds import Rounds
from tipbandit_lab.evaluation.sequences import advantage_bounds, advantage_spread, value_bounds
from tipbandit_lab.evaluation.shadows import Said
from tipbandit_lab.evaluation.starting import Starting, named
from tipbandit_lab.evaluation.tuning import chosen, grid
from tipbandit_lab.prior import PRIORS

ALPHA: Final = 0.05
_LEFT_OUT: Final = 0.01
"""The largest share of decisions that may be unfit to be evaluated."""
REPRODUCED: Final = 0.95
"""The smallest share of checkable decisions that replaying must reproduce."""


def evaluate_policies(  # noqa: PLR0913 - each has its default
    connection: duckdb.DuckDBPyConnection,
    candidate: str,
    incumbent: str,
    *,
    days: tuple[date, date] | None = None,
    unrewarded: Unrewarded = "drop",
    alpha: float = ALPHA,
    limits: Limits | None = None,
    start: Start = cold,
    priors: Path = PRIORS,
    resamples: int = RESAMPLES,
    seed: int = 0,
    told: Told | None = None,
) -> Evaluation:
    """Say what a candidate would have earned on logged decisions, and how much more than the incumbent.

    Args:
        connection: with the views ``decisions`` and ``rewards`` of a lake, and ``shadows`` if one is asked for; what
            lies before ``days`` teaches.
        candidate: key of a registered policy; ``<key>@<version>`` to start its new users from that prior; or
            ``shadow:<name>``: what that shadow said it would show.
        incumbent: another, no shadow.
        days: the first and the last UTC day of the decisions that count; all, if None.
        unrewarded: what a decision without a reward is; see ``assembling.scored``.
        alpha: intervals have confidence 1 - ``alpha``, two-sided.
        limits: what is too little to give a number.
        start: what a policy knows of a new user, if it does not start from a prior.
        priors: the directory with the documents of priors, ``<version>.json``.
        resamples: of the bootstrap.
        seed: of all that is drawn.
        told: who is told how many decisions were replayed; each of the two policies replays all of them.

    Raises:
        ValueError: if a policy is not registered, a prior cannot be had, the lake has no such shadow, or the logged
            numbers contradict each other.
    """
    asked = candidate.startswith(shadows.PREFIX)
    *known, serves = named([incumbent] if asked else [candidate, incumbent], priors)
    log = logs.read(connection)
    found = scored(log.decisions, days=days, unrewarded=unrewarded)
    ours = shadows.heard(connection, candidate, found, serves.policy) if asked else known[0]
    return evaluate_log(
        log,
        ours,
        serves,
        found=ours.found if isinstance(ours, Said) else found,
        treated=unrewarded,
        alpha=alpha,
        limits=limits,
        start=start,
        resamples=resamples,
        seed=seed,
        told=told,
    )


def evaluate_log(  # noqa: PLR0913 - as above
    log: Log,
    candidate: Policy | Starting | Said,
    incumbent: Policy | Starting,
    *,
    found: Scored,
    treated: Unrewarded,
    alpha: float = ALPHA,
    limits: Limits | None = None,
    start: Start = cold,
    resamples: int = RESAMPLES,
    seed: int = 0,
    told: Told | None = None,
) -> Evaluation:
    """As ``evaluate_policies``, for a log that was read, the decisions that count, and any two policies.

    In place of the candidate may stand what a shadow said, of the decisions that count.
    """
    empty = _described(log, candidate, incumbent, found, treated, alpha)
    silent = candidate.reasons if isinstance(candidate, Said) else ()
    if not found.decisions:
        return replace(empty, verdict=Verdict((*silent, "no decision has a reward")))
    ours, theirs = (
        each.played if isinstance(each, Said) else _replayed(log, found, each, start, told)
        for each in (candidate, incumbent)
    )
    rounds, target = rounds_of(found, ours.target), rounds_of(found, theirs.target).target
    other = replace(rounds, target=target)
    rechecks = _rechecks(log.decisions, found, start)
    reasons = (*silent, *_unfit(log), *_not_reproduced(rechecks), *judge(rounds, limits).reasons)
    reasons += tuple(f"{incumbent.key}: {each}" for each in judge(other, limits).reasons if each not in reasons)
    checked = replace(
        empty,
        verdict=Verdict(reasons),
        overlap=overlap(rounds),
        incumbent_overlap=overlap(other),
        calibration=calibration(rounds),
        rechecks=rechecks,
    )
    if reasons:
        return checked
    predicted = _predicted(rounds, ours.x, seed)
    both = replace(rounds, predicted=predicted), replace(other, predicted=predicted)
    return replace(
        checked,
        estimates=tuple(estimates(*both, alpha=alpha, resamples=resamples, seed=seed)),
        sequences=_sequences(rounds, other, alpha),
    )


def estimates(
    candidate: Rounds, incumbent: Rounds, *, alpha: float = ALPHA, resamples: int = RESAMPLES, seed: int = 0
) -> Iterator[Estimated]:
    """Yield what each estimator says of two policies on the same rounds, which have predictions."""
    for name, parameter, terms in _families(candidate, incumbent, seed):
        found = bootstrap(terms, candidate.groups, alpha, resamples=resamples, seed=seed)
        yield Estimated(estimator=name, parameter=parameter, candidate=found[0], incumbent=found[1], advantage=found[2])


def _families(candidate: Rounds, incumbent: Rounds, seed: int) -> Iterator[tuple[str, float | None, tuple[Terms, ...]]]:
    for name, terms in PLAIN.items():
        yield name, None, (terms(candidate), terms(incumbent))
    families: tuple[tuple[str, Callable[[Rounds, float], Terms], bool], ...] = (
        ("Switch-DR", switch, False),
        ("DRos", shrunk, True),
    )
    for name, family, squared in families:
        best = chosen(candidate, family, grid(candidate, squared=squared))
        yield name, best, (family(candidate, best), family(incumbent, best))
    draws = np.random.default_rng(seed).random(len(candidate))
    bound = max(largest_weight(candidate), largest_weight(incumbent))
    yield "replay", bound, (replay(candidate, draws, bound), replay(incumbent, draws, bound))


def _sequences(candidate: Rounds, incumbent: Rounds, alpha: float) -> Sequences:
    found = (
        value_bounds(candidate, alpha),
        value_bounds(incumbent, alpha),
        advantage_bounds(candidate, incumbent.target, alpha),
    )
    ends = [(float(each.low[-1]), float(each.high[-1])) for each in found]
    spread = advantage_spread(candidate, incumbent.target)
    return Sequences(candidate=ends[0], incumbent=ends[1], advantage=ends[2], spread=spread)


def _predicted(rounds: Rounds, x: Floats, seed: int) -> Floats:
    groups = len(np.unique(rounds.groups))
    fold = folds_of(rounds.groups, min(FOLDS, groups), seed)
    return cross_fitted(x, rounds.there, rounds.shown, rounds.reward, fold)


def _rechecks(decisions: Sequence[Logged], found: Scored, start: Start) -> tuple[Recheck, ...]:
    served = sorted({each.policy for each in found.decisions} & set(POLICIES))
    return tuple(recheck(decisions, POLICIES[key], start=start, with_prior=start is not cold) for key in served)


def _unfit(log: Log) -> Iterator[str]:
    for reason, count in log.left_out.items():
        share = count / (len(log.decisions) + sum(log.left_out.values()))
        if share > _LEFT_OUT:
            yield f"{share:.1%} of the decisions cannot be evaluated: {reason}"


def _not_reproduced(rechecks: Sequence[Recheck]) -> Iterator[str]:
    for each in rechecks:
        if each.share is not None and each.share < REPRODUCED:
            yield (
                f"replaying {each.policy} gives the logged propensities in {each.share:.1%} of {each.checkable:,}"
                " decisions only, so what another policy would have shown is not known either"
            )


def _replayed(log: Log, found: Scored, each: Policy | Starting, start: Start, told: Told | None) -> Played:
    if isinstance(each, Policy):
        return played(log.decisions, found, each, start=start, told=told)
    return played(log.decisions, found, each.policy, start=each.start(start), told=told)


def _described(  # noqa: PLR0913, PLR0917 - all that is known before any number
    log: Log,
    candidate: Policy | Starting | Said,
    incumbent: Policy | Starting,
    found: Scored,
    treated: Unrewarded,
    alpha: float,
) -> Evaluation:
    said = candidate if isinstance(candidate, Said) else None
    times = [each.at_ms for each in found.decisions]
    first, last = (_day(times[0]), _day(times[-1])) if times else (None, None)
    return Evaluation(
        candidate=candidate.key,
        incumbent=incumbent.key,
        confidence=1 - alpha,
        verdict=Verdict(()),
        rounds=len(found.decisions),
        users=len({each.user_id for each in found.decisions}),
        first_day=first,
        last_day=last,
        logged_by=dict(Counter(each.policy for each in found.decisions)),
        unrewarded=found.unrewarded,
        treated=treated,
        left_out={**log.left_out, **(said.left_out if said else {})},
        shadow=said.shadow if said else None,
    )


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).date().isoformat()
