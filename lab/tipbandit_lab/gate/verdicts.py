"""What an evaluation on logged data says to each criterion, and what it would take to say more."""

import math
from dataclasses import dataclass
from typing import Final

from tipbandit_lab.evaluation.power import anytime_size, fixed_size
from tipbandit_lab.evaluation.record import Evaluation
from tipbandit_lab.gate import grounds
from tipbandit_lab.gate.findings import amount
from tipbandit_lab.gate.logged import ESTIMATOR, LoggedCriteria, Needs, Outcome
from tipbandit_lab.gate.measures import Finding, Measure, finite

_DIGITS: Final = 2
"""Of a number of decisions: more would be pretence."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What logged data say; see ``gate.logged.Logged``."""

    outcome: Outcome
    sentence: str
    findings: tuple[Finding, ...]
    needs: Needs | None


def judge(found: Evaluation, criteria: LoggedCriteria, effect: float) -> Judged:
    """Judge an evaluation.

    Args:
        found: with intervals of the confidence that this look may have.
        criteria: the thresholds.
        effect: the advantage that was found in the simulation.
    """
    advantage = measured(found, criteria)
    outcome = _outcome(found, advantage)
    needs = needed(found, criteria, effect)
    sentence = _sentence(found, criteria, outcome, advantage, needs)
    last = Finding("advantage on logged data", passed=advantage.passed, sentence=sentence, measures=(advantage,))
    return Judged(outcome, sentence, (*grounds.judge(found, criteria.limits), last), needs)


def measured(found: Evaluation, criteria: LoggedCriteria) -> Measure:
    """Return the advantage with the bounds that decide; without any if the data support no number."""
    each = found.of(ESTIMATOR) if found.verdict.valid else None
    low = high = None
    if each is not None and found.sequences is not None:
        fixed = each.advantage.low, each.advantage.high
        low, high = map(finite, fixed if criteria.bound == "fixed" else found.sequences.advantage)
    return Measure(
        name="advantage at all times" if criteria.bound == "anytime" else f"advantage, {ESTIMATOR} and BCa bootstrap",
        passed=low is not None and low > -criteria.margin,
        value=None if each is None else finite(each.advantage.estimate),
        low=low,
        high=high,
        confidence=found.confidence,
        threshold=-criteria.margin if criteria.margin else 0.0,
    )


def needed(found: Evaluation, criteria: LoggedCriteria, effect: float) -> Needs | None:
    """Return how many decisions like these it takes; None if there are none."""
    if found.overlap is None or not found.rounds:
        return None
    limits, alpha, gap = criteria.limits, 1 - found.confidence, effect + criteria.margin
    effective = found.overlap.effective
    short = effective < limits.effective or found.rounds < limits.rounds
    enough = max(limits.rounds, found.rounds * limits.effective / effective) if short and effective else None
    return Needs(
        have=found.rounds,
        number=_whole(enough),
        effect=effect,
        fixed=_whole(fixed_size(found, ESTIMATOR, gap, alpha, criteria.power)),
        anytime=_whole(anytime_size(found, gap, alpha, criteria.power)),
    )


def _whole(n: float | None) -> int | None:
    return None if n is None else math.ceil(n)


def _outcome(found: Evaluation, advantage: Measure) -> Outcome:
    if not found.verdict.valid or advantage.low is None or advantage.high is None:
        return "refused"
    if advantage.passed:
        return "better" if advantage.low > 0 else "no worse"
    return "worse" if advantage.high < 0 else "unclear"


def _sentence(
    found: Evaluation, criteria: LoggedCriteria, outcome: Outcome, advantage: Measure, needs: Needs | None
) -> str:
    candidate, incumbent = found.candidate, found.incumbent
    if outcome == "refused":
        reasons = "; ".join(found.verdict.reasons) or "an interval has no ends"
        return f"logged data support no number: {reasons}{_until_a_number(needs)}"
    better = f"{candidate} earns more than {incumbent}"
    enough = f"{candidate} loses less than {criteria.margin:g} against {incumbent}" if criteria.margin else better
    said = {
        "better": better,
        "no worse": enough,
        "unclear": f"it is not shown that {enough}",
        "worse": f"{candidate} earns less than {incumbent}",
    }[outcome]
    after = _until_shown(needs, criteria) if outcome == "unclear" else ""
    return f"{said} on {found.rounds:,} logged decisions ({amount(advantage)}){after}"


def _until_a_number(needs: Needs | None) -> str:
    if needs is None or needs.number is None:
        return ""
    return f"; {about(needs.number)} decisions like these {needs.have:,} might be enough for one"


def _until_shown(needs: Needs | None, criteria: LoggedCriteria) -> str:
    """Say how many more decisions it takes, for the bound that was asked for and for the other."""
    if needs is None or needs.fixed is None or needs.anytime is None:
        return ""
    wanted, other = (needs.fixed, needs.anytime) if criteria.bound == "fixed" else (needs.anytime, needs.fixed)
    name = "anytime" if criteria.bound == "fixed" else "fixed"
    more = f"{about(wanted - needs.have)} more" if wanted > needs.have else "no more"
    return (
        f"; to show the simulation's {needs.effect:+.4f} with {100 * criteria.power:g} % power takes {more} decisions"
        f" logged with this exploration, {about(wanted)} in all ({about(other)} with --bound {name})"
    )


def about(n: float) -> str:
    """Return a number of decisions as what it is, an estimate: "about 360,000"."""
    place = _DIGITS - 1 - math.floor(math.log10(max(n, 1)))
    return f"about {round(n, place):,.0f}"
