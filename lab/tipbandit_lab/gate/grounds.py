"""What an evaluation on logged data rests on: support, effective size, true propensities, a replay that agrees."""

import math
from collections.abc import Iterator

from tipbandit_lab.evaluation.checks import Calibration, Limits, Overlap
from tipbandit_lab.evaluation.evaluating import REPRODUCED
from tipbandit_lab.evaluation.record import Evaluation, Shadow
from tipbandit_lab.evaluation.shadows import SILENT
from tipbandit_lab.gate.measures import Finding, Measure, finite


def judge(found: Evaluation, limits: Limits) -> Iterator[Finding]:
    """Yield a finding for every check; the verdict of the evaluation is that of the first, "data"."""
    valid, reasons = found.verdict.valid, "; ".join(found.verdict.reasons)
    sizes = (
        Measure(name="decisions", passed=found.rounds >= limits.rounds, value=found.rounds, threshold=limits.rounds),
        Measure(name="users", passed=found.users >= limits.groups, value=found.users, threshold=limits.groups),
    )
    says = f"{found.rounds:,} decisions of {found.users:,} users support a number" if valid else reasons
    yield Finding("data", passed=valid, sentence=says, measures=sizes)
    both = ((found.candidate, found.overlap), (found.incumbent, found.incumbent_overlap))
    overlaps = tuple((name, each) for name, each in both if each is not None)
    if overlaps:
        yield _support(overlaps, limits)
        yield _effective(overlaps, limits)
    if found.calibration is not None:
        yield _propensities(found.calibration, limits)
    if overlaps:
        yield _replayed(found)
    if found.shadow is not None:
        yield _heard(found.shadow)


def _support(overlaps: tuple[tuple[str, Overlap], ...], limits: Limits) -> Finding:
    measures = tuple(
        Measure(
            name=f"not shown by any chance, {name}",
            passed=each.unsupported is None or each.unsupported <= limits.unsupported,
            value=each.unsupported,
            threshold=limits.unsupported,
        )
        for name, each in overlaps
    )
    lost = ", ".join(
        f"unknown of {name}" if each.unsupported is None else f"{each.unsupported:.2%} of {name}"
        for name, each in overlaps
    )
    return _of("support", f"of what they would show could not have been shown: {lost}", measures)


def _effective(overlaps: tuple[tuple[str, Overlap], ...], limits: Limits) -> Finding:
    sizes = tuple(
        Measure(
            name=f"effective sample size, {name}",
            passed=each.effective >= limits.effective,
            value=finite(each.effective),
            threshold=limits.effective,
        )
        for name, each in overlaps
    )
    heaviest = tuple(
        Measure(
            name=f"share of the heaviest decision, {name}",
            passed=each.heaviest <= limits.heaviest,
            value=finite(each.heaviest),
            threshold=limits.heaviest,
        )
        for name, each in overlaps
    )
    says = ", ".join(f"{each.effective:,.0f} for {name} (largest weight {each.largest:.3g})" for name, each in overlaps)
    return _of("effective sample size", f"the decisions are worth {says}", (*sizes, *heaviest))


def _propensities(found: Calibration, limits: Limits) -> Finding:
    measures = [_unlikely("mean weight", found.mean_weight, found.weight_p_value, limits)]
    if found.p_value is not None:
        worst = max((abs(each.shown - each.expected) / math.sqrt(each.expected + 1) for each in found.bins), default=0)
        measures.append(_unlikely("worst bin, in standard errors", worst, found.p_value, limits))
    says = f"the mean weight is {found.mean_weight:.3f}, expected {found.expected:.3f}"
    return _of("logged propensities", says, tuple(measures))


def _replayed(found: Evaluation) -> Finding:
    measures = tuple(
        Measure(
            name=f"the same when replayed, {each.policy}",
            passed=each.share >= REPRODUCED,
            value=each.share,
            threshold=REPRODUCED,
        )
        for each in found.rechecks
        if each.share is not None
    )
    if not measures:
        none = Measure(name="decisions that can be checked", passed=True, value=0.0)
        return _of("replay", "no decision can be checked by replaying it", (none,))
    checked = sum(each.checkable for each in found.rechecks)
    return _of("replay", f"{checked:,} decisions were replayed and compared with what was logged", measures)


def _heard(shadow: Shadow) -> Finding:
    share = shadow.answered / shadow.asked if shadow.asked else 0.0
    heard = Measure(name="answers that can be used", passed=share >= 1 - SILENT, value=share, threshold=1 - SILENT)
    says = f"{shadow.answered:,} of {shadow.asked:,} answers can be used"
    return _of("shadow", says, (heard,))


def _unlikely(name: str, value: float, p_value: float, limits: Limits) -> Measure:
    passed = p_value >= limits.p_value
    return Measure(name=name, passed=passed, value=finite(value), p_value=finite(p_value), threshold=limits.p_value)


def _of(criterion: str, sentence: str, measures: tuple[Measure, ...]) -> Finding:
    return Finding(criterion, passed=all(each.passed for each in measures), sentence=sentence, measures=measures)
