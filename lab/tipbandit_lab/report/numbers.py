"""Numbers as a reader wants them: few digits, a true minus sign, a dash where there is none."""

import math

NONE = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"


def reward(x: float | None, digits: int = 4) -> str:
    """Return a reward per decision, or a weight: "0.1234"."""
    return _written(x, f".{digits}f", digits)


def change(x: float | None, digits: int = 4) -> str:
    """Return a difference, with its sign: "+0.0123"."""
    sign = "" if x is None or not math.isfinite(x) or round(x, digits) == 0 else "+"
    return _written(x, f"{sign}.{digits}f", digits)


def between(low: float | None, high: float | None, digits: int = 4) -> str:
    """Return an interval of differences: "+0.0080 to +0.0160"."""
    return f"{change(low, digits)} to {change(high, digits)}"


def give_or_take(mean: float, half: float, digits: int = 4) -> str:
    """Return a mean with half the width of its interval: "0.1234 ± 0.0021"."""
    return f"{reward(mean, digits)} ± {reward(half, digits)}"


def share(x: float | None, digits: int = 1) -> str:
    """Return a share in percent: "12.3 %"."""
    return NONE if x is None or not math.isfinite(x) else f"{reward(100 * x, digits)} %"


def signed_share(x: float) -> str:
    """Return a relative change: "+1.2 %"."""
    return f"+{share(x)}" if math.isfinite(x) and x > 0 else share(x)


def points(x: float) -> str:
    """Return a difference of shares in percentage points: "+0.012"."""
    return change(100 * x, 3)


def count(x: float) -> str:
    """Return a whole number, grouped: "12,345"."""
    return f"{x:,.0f}"


def significant(x: float | None, digits: int = 4) -> str:
    """Return any number in so many significant digits: "0.001"."""
    return _written(x, f".{digits}g")


def _written(x: float | None, how: str, digits: int | None = None) -> str:
    if x is None or not math.isfinite(x):
        return NONE
    if digits is not None:
        x = round(x, digits) + 0.0  # no negative zero
    return format(x, how).replace("-", _MINUS)
