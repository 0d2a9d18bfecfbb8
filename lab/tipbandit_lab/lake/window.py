"""The days of a lake that a command is asked for."""

from datetime import date

from tipbandit_lab.errors import RunError


def window(days: str | None, *, option: str = "--days") -> tuple[date, date] | None:
    """Return the first and the last day of ``FROM..TO``, or of one day alone; None for None.

    Args:
        days: as the command line has them.
        option: what they are asked for with.

    Raises:
        RunError: if they are none, or in the wrong order.
    """
    if days is None:
        return None
    first, dots, last = days.strip().partition("..")
    try:
        found = date.fromisoformat(first), date.fromisoformat(last if dots else first)
    except ValueError:
        raise RunError(f"{option} is FROM..TO, as 2026-01-05..2026-01-11, not {days!r}") from None
    if found[0] > found[1]:
        raise RunError(f"{option}: {found[0]} is after {found[1]}")
    return found
