"""Whether the candidate is sound: its propensities are true and usable, its states finite, its choices not stuck."""

import numpy as np

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.gate.record import Finding, Measure, finite
from tipbandit_lab.gate.statistics import freedman, too_often
from tipbandit_lab.tally import BINS


def judge(evidence: Evidence, criteria: Criteria) -> tuple[Finding, ...]:
    """Return a finding for each way to be degenerate. What is not a number never passes."""
    return (
        _calibration(evidence, criteria),
        _least_propensity(evidence, criteria),
        _mass(evidence, criteria),
        _places(evidence, criteria),
        _states(evidence),
    )


def _calibration(evidence: Evidence, criteria: Criteria) -> Finding:
    """Find the bin, of any persona, whose tips were shown more or less often than stated.

    The chance of a false alarm is shared equally by all bins and personas (Bonferroni) and halved with ``_places``.
    """
    shown, stated = evidence.calibration.shown[0], evidence.calibration.propensity[0]
    p_values = freedman(shown, stated, evidence.calibration.variance[0])
    level = criteria.false_alarm / 2 / p_values.size
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(shown == stated, 1.0, shown / stated)
    right = (p_values >= level) | (np.abs(ratio - 1) <= criteria.calibration_tolerance)
    persona, place = np.unravel_index(np.argmin(np.where(np.isnan(p_values) | ~right, -1.0, p_values)), ratio.shape)
    passed = bool(right.all())
    where = f"{evidence.personas[persona]}, propensities {_bin(int(place))}"
    found = Measure(
        name=f"shown / stated: {where}",
        passed=passed,
        value=finite(ratio[persona, place]),
        p_value=finite(p_values[persona, place]),
        threshold=level,
    )
    says = f"its propensities are not true: shown {ratio[persona, place]:.3f} times as often as stated ({where})"
    if passed:
        says = "what it shows agrees with its propensities"
    return Finding("calibration", passed=passed, sentence=says, measures=(found,))


def _bin(place: int) -> str:
    width = BINS - 1
    return "of 1" if place == width else f"in [{place / width:g}, {(place + 1) / width:g})"


def _least_propensity(evidence: Evidence, criteria: Criteria) -> Finding:
    least = float(evidence.soundness.least_propensity[0])
    passed = least >= criteria.least_propensity * (1 - criteria.mass_tolerance)  # the floor itself, rounded, passes
    found = Measure(name="least propensity", passed=passed, value=finite(least), threshold=criteria.least_propensity)
    says = f"its least propensity is {least:.3g}, the floor is {criteria.least_propensity:g}"
    return Finding("least propensity", passed=passed, sentence=says, measures=(found,))


def _mass(evidence: Evidence, criteria: Criteria) -> Finding:
    error = float(evidence.soundness.mass_error[0])
    passed = error <= criteria.mass_tolerance
    found = Measure(
        name="error of the sum of propensities", passed=passed, value=finite(error), threshold=criteria.mass_tolerance
    )
    says = f"its propensities miss the sum of 1 by up to {error:.2g}"
    return Finding("sum of propensities", passed=passed, sentence=says, measures=(found,))


def _places(evidence: Evidence, criteria: Criteria) -> Finding:
    """Find the place of the list that any persona was shown too often. The tips at different places are alike."""
    shown = evidence.places[0].astype(np.float64)
    total, fair = shown.sum(axis=1, keepdims=True), 1 / shown.shape[1]
    p_values = too_often(shown, total, fair)
    with np.errstate(invalid="ignore"):
        excess = shown / total / fair - 1
    level = criteria.false_alarm / 2 / shown.size
    right = (p_values >= level) | (excess <= criteria.place_tolerance)
    persona, place = np.unravel_index(np.argmax(np.where(right, excess, excess + shown.size)), shown.shape)
    passed = bool(right.all())
    share = shown[persona, place] / total[persona, 0]
    where = f"{evidence.personas[persona]}, place {place + 1} of {shown.shape[1]}"
    found = Measure(
        name=f"share shown: {where}",
        passed=passed,
        value=finite(share),
        p_value=finite(p_values[persona, place]),
        threshold=level,
    )
    says = f"the place of the list shown most has a share of {share:.3f}, fair is {fair:.3f} ({where})"
    if not passed:
        says = f"it is stuck: {says}"
    return Finding("places", passed=passed, sentence=says, measures=(found,))


def _states(evidence: Evidence) -> Finding:
    unsound = int(evidence.soundness.unsound[0])
    found = Measure(name="users with an unsound state", passed=unsound == 0, value=float(unsound), threshold=0.0)
    says = f"{unsound or 'no'} users of one run have a state that is not finite"
    return Finding("states", passed=found.passed, sentence=says, measures=(found,))
