"""What the numbers say to each criterion: more reward, and nobody harmed."""

from collections.abc import Iterable

import numpy as np

from tipbandit_lab.arrays import Floats
from tipbandit_lab.gate import degeneracy
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.gate.record import Finding, Look, Measure, finite
from tipbandit_lab.gate.statistics import student


def judge(evidence: Evidence, criteria: Criteria, look: Look) -> tuple[Finding, ...]:
    """Return a finding for every criterion; a candidate is promoted if all are met.

    All must be met, so their errors do not add up: whatever is wrong with a candidate, it passes only if the one test
    of that very thing errs (an intersection-union test, Berger 1982). That holds between criteria and between the
    personas of one criterion, and is why neither is corrected for how many there are. Looks are: any of them could
    promote.
    """
    return (
        _advantage(evidence, look),
        _personas(evidence, criteria, look),
        _cold(evidence, criteria, look),
        *degeneracy.judge(evidence, criteria),
        _coverage(evidence, criteria),
    )


def measure(name: str, x: Floats, alpha: float, *, above: float | None = None) -> Measure:
    """Return the mean of ``x``, shape (S,), with its interval; passed if ``above`` is None or below the lower bound."""
    interval = student(x, alpha)
    return Measure(
        name=name,
        passed=above is None or interval.low > above,
        value=finite(interval.mean),
        low=finite(interval.low),
        high=finite(interval.high),
        confidence=1 - alpha,
        threshold=above,
    )


def amount(measured: Measure) -> str:
    """Return a difference in reward with its interval, in words."""
    if measured.value is None:
        return "no number"
    if measured.low is None or measured.high is None:
        return f"{measured.value:+.4f}, unbounded"
    return (
        f"{measured.value:+.4f}, {100 * (measured.confidence or 0):.4g} % interval "
        f"{measured.low:+.4f} to {measured.high:+.4f}"
    )


def _advantage(evidence: Evidence, look: Look) -> Finding:
    found = measure("advantage", evidence.advantage, look.alpha, above=0.0)
    if found.passed:
        says = f"{evidence.candidate} earns more than {evidence.incumbent}"
    elif found.high is not None and found.high < 0:
        says = f"{evidence.candidate} earns less than {evidence.incumbent}"
    else:
        says = f"it is not shown that {evidence.candidate} earns more than {evidence.incumbent}"
    return Finding("advantage", passed=found.passed, sentence=f"{says} ({amount(found)})", measures=(found,))


def _personas(evidence: Evidence, criteria: Criteria, look: Look) -> Finding:
    groups = zip(evidence.personas, evidence.by_persona, strict=True)
    return _unharmed("fairness floor", "persona", groups, criteria, look)


def _cold(evidence: Evidence, criteria: Criteria, look: Look) -> Finding:
    days = criteria.cold_days
    first = evidence.differences[:, :, evidence.days < days].mean(axis=(0, 2))
    groups = [(f"everybody in the first {days} days", first)]
    if evidence.has_profile.all():
        missing = Measure(name="everybody without a profile", passed=False, value=None)
        says = "the run has no users without a profile"
        return Finding("cold users", passed=False, sentence=says, measures=(missing,))
    groups.append(("everybody without a profile", evidence.by_persona[~evidence.has_profile].mean(axis=0)))
    return _unharmed("cold users", "group of cold users", groups, criteria, look)


def _unharmed(
    criterion: str, whom: str, groups: Iterable[tuple[str, Floats]], criteria: Criteria, look: Look
) -> Finding:
    """Find whether every group's one-sided lower bound is above -margin."""
    found = [measure(name, x, 2 * look.harm_alpha, above=-criteria.margin) for name, x in groups]
    failed = [each for each in found if not each.passed]
    if failed:
        says = "; ".join(_harm(each) for each in failed)
        return Finding(criterion, passed=False, sentence=says, measures=tuple(found))
    worst = min(found, key=lambda each: each.low if each.low is not None else -np.inf)
    says = f"no {whom} loses {criteria.margin:g} or more (the lowest bound is that of {worst.name}: {amount(worst)})"
    if worse := [each.name for each in found if each.high is not None and each.high < 0]:
        says += f"; less than that is lost by {', '.join(worse)}"
    return Finding(criterion, passed=True, sentence=says, measures=tuple(found))


def _harm(found: Measure) -> str:
    if found.high is not None and found.high < 0:
        return f"{found.name} is significantly worse ({amount(found)})"
    return f"{found.name} is not shown to be unharmed ({amount(found)})"


def _coverage(evidence: Evidence, criteria: Criteria) -> Finding:
    seeds, missing = len(evidence.seeds), sorted(set(criteria.personas or ()) - set(evidence.personas))
    enough = Measure(
        name="seeds", passed=seeds >= criteria.least_seeds, value=float(seeds), threshold=float(criteria.least_seeds)
    )
    absent = Measure(name="missing personas", passed=not missing, value=float(len(missing)), threshold=0.0)
    says = [f"the run has {seeds} seeds, at least {criteria.least_seeds} are needed"]
    if missing:
        says.append(f"it leaves out {', '.join(missing)}")
    passed = enough.passed and absent.passed
    return Finding("coverage", passed=passed, sentence="; ".join(says), measures=(enough, absent))
