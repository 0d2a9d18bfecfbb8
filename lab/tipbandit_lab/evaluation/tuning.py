"""What is chosen from the data: the threshold of Switch-DR, the shrinkage of DRos."""

from collections.abc import Callable
from typing import Final

import numpy as np

from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation.estimators import Terms, doubly_robust, largest_weight
from tipbandit_lab.evaluation.rounds import Rounds

CHOICES: Final = 20


def grid(rounds: Rounds, *, squared: bool = False) -> Floats:
    """Return values to choose from, shape (``CHOICES`` + 1,), increasing; the last is infinity, that of DR.

    Args:
        rounds: the decisions; the values cover the weights they could have had.
        squared: whether they are compared with squares of weights, as lambda is.
    """
    top = max(largest_weight(rounds), 1.0)
    values = np.append(np.geomspace(min(0.1, top / 10), top, CHOICES), np.inf)
    return values**2 if squared else values


def chosen(rounds: Rounds, family: Callable[[Rounds, float], Terms], values: Floats) -> float:
    """Return the value with the least estimated squared error of the estimate: squared bias plus variance/n.

    The bias is the distance from DR, which has none; what sampling alone adds to its square is taken off. So as much
    bias as a standard error may go unseen, and no interval knows of it.
    After Su et al. 2020, section 5, and Thomas, Brunskill 2016, section 7.
    """
    unbiased = _each(doubly_robust(rounds))
    errors = []
    for candidate in values:
        each = _each(family(rounds, float(candidate)))
        gap = each - unbiased
        bias_squared = max(0.0, float(gap.mean()) ** 2 - float(gap.var()) / len(gap))
        errors.append(bias_squared + float(each.var()) / len(each))
    return float(values[int(np.argmin(errors))])


def _each(terms: Terms) -> Floats:
    return terms.baseline + terms.correction
