"""Are things shown as often as said? Fixed keys, so that the answer is the same on every run."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tipbandit.policies.ridge import Array


def keys(count: int) -> list[bytes]:
    """As many fixed keys of the generator as there are draws."""
    return [index.to_bytes(16, "big") for index in range(count)]


def agree(shown: NDArray[np.integer[Any]], probabilities: Array) -> bool:
    """Whether counts fit probabilities: each within 5 standard errors, and chi-square within 5 of its own."""
    expected: Array = shown.sum() * probabilities
    each = np.abs(shown - expected) <= 5 * np.sqrt(expected * (1 - probabilities)) + 1e-9
    possible = probabilities > 0
    degrees = max(int(np.count_nonzero(possible)) - 1, 1)
    chi_square = ((shown - expected)[possible] ** 2 / expected[possible]).sum()
    return bool(each.all() and chi_square <= degrees + 5 * np.sqrt(2 * degrees))
