"""How many logged decisions it takes: what turns "not shown" into something to be done.

Planned with an advantage that is stated beforehand, such as that of a simulation, and with the spread that was seen.
An estimate of the same log would not do: power at the effect that was found is the p-value again (Hoenig, Heisey: The
abuse of power, American Statistician 2001).
"""

import math
from typing import Final

from scipy import stats

from tipbandit_lab.evaluation.record import Evaluation
from tipbandit_lab.evaluation.sequences import advantage_depth

POWER: Final = 0.8
"""The probability with which what is true shall be shown, by convention."""
_MOST: Final = 1e15
_HALVINGS: Final = 60


def fixed_size(found: Evaluation, estimator: str, gap: float, alpha: float, power: float = POWER) -> float | None:
    """Return how many decisions like these it takes until a bootstrap interval shows an advantage.

    n ((z(1 - alpha/2) + z(power)) s / gap)^2, with s the standard error of n decisions, from half the width of the
    interval there is: more decisions are those of more users.

    Args:
        found: an evaluation.
        estimator: whose interval.
        gap: the true advantage, less what its lower bound must be above.
        alpha: of the interval that shall show it, two-sided.
        power: with which probability.

    Returns:
        The number; None if there is no interval or the gap is not above 0.
    """
    each = found.of(estimator)
    if each is None or not gap > 0 or not each.advantage.high > each.advantage.low:
        return None
    half = (each.advantage.high - each.advantage.low) / 2
    error = half / float(stats.norm.isf((1 - found.confidence) / 2))
    return found.rounds * (float(stats.norm.isf(alpha / 2) + stats.norm.ppf(power)) * error / gap) ** 2


def anytime_size(found: Evaluation, gap: float, alpha: float, power: float = POWER) -> float | None:
    """Return how many decisions like these it takes until the bound that holds at all times shows an advantage.

    The least n at which the bound's distance and z(power) standard errors of the mean fit into the gap, by halving.
    Arguments and answer as those of ``fixed_size``.
    """
    if found.sequences is None or not gap > 0 or not found.sequences.spread > 0:
        return None
    spread, z = found.sequences.spread, float(stats.norm.ppf(power))

    def short(n: float) -> bool:
        return advantage_depth(spread, n, alpha) + z * spread / math.sqrt(n) > gap

    low, high = 1.0, _MOST
    if short(high):
        return None
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if short(middle) else (low, middle)
    return high
