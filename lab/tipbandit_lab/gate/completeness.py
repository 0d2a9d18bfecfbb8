"""Whether a run can be judged at all. What is wrong here is an error, never a reason to hold a candidate."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tipbandit_lab.arrays import Bools
from tipbandit_lab.gate.cube import Rows
from tipbandit_lab.tables import TABLES, Results

REQUIRED = ("oracle", "random")
"""Who must be in every run: they bound what can be reached, and show that the simulation rewards good choices."""

_CELL = ("player", "persona", "seed", "day")


class UnusableResultsError(ValueError):
    """A run that cannot be judged; the message names everything that is wrong with it."""


def check(results: Results, candidate: str, incumbent: str) -> None:
    """Refuse a run that cannot be judged.

    Raises:
        UnusableResultsError: naming everything that is wrong.
    """
    for look in (_structure, _presence, _balance, _order):  # each needs what the one before has seen
        if problems := list(look(results, candidate, incumbent)):
            raise UnusableResultsError("this run cannot be judged: " + "; ".join(problems))


def has_profile(config: Mapping[str, Any], personas: Sequence[str]) -> Bools:
    """Return which of the personas have a profile, as the run's configuration says, shape (G,)."""
    described = {persona["name"]: persona["has_profile"] for persona in config["personas"]}
    return np.array([described[name] for name in personas], dtype=np.bool_)


def _structure(results: Results, candidate: str, incumbent: str) -> Iterator[str]:
    if candidate == incumbent:
        yield f"{candidate} cannot be compared with itself"
    for name, schema in TABLES.items():
        table: pa.Table = getattr(results, name)
        if missing := [column for column in schema.names if column not in table.column_names]:
            yield f"its table {name!r} has no {', '.join(missing)}"
    described = results.config.get("personas") or ()
    if not all(isinstance(each, Mapping) and {"name", "has_profile"} <= set(each) for each in described):
        yield "its configuration does not say which personas have a profile"


def _presence(results: Results, candidate: str, incumbent: str) -> Iterator[str]:
    if not len(results.days):
        yield "it has no days"
        return
    there = _distinct(results.days, "player")
    for player in dict.fromkeys((candidate, incumbent, *REQUIRED)):
        if player not in there:
            yield f"{player} did not play"
    for name in ("calibration", "positions"):
        table = getattr(results, name)
        for player in (candidate, incumbent):
            if player in there and player not in _distinct(table, "player"):
                yield f"its table {name!r} has no rows of {player}"
    planned = {persona["name"] for persona in results.config.get("personas") or ()}
    if lost := planned - _distinct(results.days, "persona"):
        yield f"no days of {', '.join(sorted(lost))}"
    planned_seeds = set(results.config.get("seeds", ()))
    if planned_seeds and planned_seeds != _distinct(results.days, "seed"):
        yield "its seeds are not those of its configuration"
    if unknown := _distinct(results.days, "persona") - planned:
        yield f"its configuration knows no {', '.join(sorted(unknown))}"


def _balance(results: Results, *_: str) -> Iterator[str]:
    days = results.days
    twice = pc.max(days.group_by([*_CELL, "block"]).aggregate([([], "count_all")])["count_all"]).as_py()
    if twice > 1:
        yield "some days are there more than once"
    axes = {name: sorted(_distinct(days, name)) for name in _CELL}
    decisions = Rows(days, axes).sum("decisions")
    if axes["day"] != list(range(len(axes["day"]))):
        yield "days are missing"
    usual = np.median(decisions)
    unequal = np.argwhere((decisions != usual) | (decisions <= 0))
    if len(unequal):
        first = " ".join(f"{name} {axes[name][place]}" for name, place in zip(_CELL, unequal[0], strict=True))
        yield f"{len(unequal)} of {decisions.size} days have not {usual:.0f} decisions as the others have: {first}"


def _order(results: Results, *_: str) -> Iterator[str]:
    players = sorted(_distinct(results.days, "player"))
    rows = Rows(results.days, {"player": players})
    total = dict(zip(players, rows.sum("expected") / rows.sum("decisions"), strict=True))
    if not total["oracle"] > total["random"]:
        yield (
            f"the oracle earns {total['oracle']:.4f} and random choice {total['random']:.4f}: "
            "the simulation does not reward good choices"
        )


def _distinct(table: pa.Table, column: str) -> set[Any]:
    return set(pc.unique(table[column]).to_pylist())
