"""From the command line's options to logged data that can be asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from tipbandit_lab.errors import RunError
from tipbandit_lab.gate.logged import BOUNDS, Bound, LoggedCriteria
from tipbandit_lab.gate.offline import Source
from tipbandit_lab.lake.window import window
from tipbandit_lab.prior import PRIORS

_USUAL: Final[dict[str, Any]] = {
    "logged_days": None,
    "unrewarded": "drop",
    "shadow": None,
    "bound": LoggedCriteria().bound,
    "logged_margin": LoggedCriteria().margin,
    "logged_alpha": LoggedCriteria().alpha,
    "logged_look": None,
}


def source(lake: str | None, *, priors: Path = PRIORS, **options: Any) -> Source | None:  # noqa: ANN401 - of any option
    """Return logged data with the options of the command line, by their names there; None without a lake.

    Args:
        lake: a directory, or s3://bucket/prefix.
        priors: where the documents are of priors that players are named with; the simulation needs it too.
        options: of logged data alone.

    Raises:
        RunError: if options are wrong, or there without a lake; all of them are named.
        ValueError: if a criterion is out of range, or the lake cannot be opened.
    """
    given = {**_USUAL, **options}
    if wrong := list(_wrong(lake, given)):
        raise RunError("; ".join(wrong))
    if lake is None:
        return None
    found = Source(
        lake=lake,
        days=window(given["logged_days"], option="--logged-days"),
        unrewarded=given["unrewarded"],
        shadow=given["shadow"],
        criteria=LoggedCriteria(
            alpha=given["logged_alpha"], margin=given["logged_margin"], bound=cast("Bound", given["bound"])
        ),
        look=given["logged_look"],
        priors=priors,
    )
    found.check()
    return found


def _wrong(lake: str | None, given: dict[str, Any]) -> Iterator[str]:
    if lake is None and (alone := [_named(name) for name in _USUAL if given[name] != _USUAL[name]]):
        yield f"{', '.join(alone)}: of logged data, which --lake names"
    if given["unrewarded"] not in ("drop", "ignored"):
        yield f"--unrewarded is drop or ignored, not {given['unrewarded']}"
    if given["bound"] not in BOUNDS:
        yield f"--bound is {' or '.join(BOUNDS)}, not {given['bound']}"


def _named(option: str) -> str:
    return f"--{option.replace('_', '-')}"
