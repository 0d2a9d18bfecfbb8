"""What was measured of a version, as tables."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tipbandit_lab.cards.card import Amount, Card, Exploration, Segment
from tipbandit_lab.report.numbers import NONE, between, change, count, reward, share


class Table(NamedTuple):
    """Numbers as text; the first column names its row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def of_segments(segments: Sequence[Segment], card: Card) -> Table:
    """Return the reward of each group."""
    rows = tuple(
        (
            each.name,
            count(each.decisions),
            count(each.users),
            shown(each.reward),
            shown(each.candidate),
            shown(each.incumbent),
            shown(each.advantage, signed=True),
        )
        for each in segments
    )
    columns = ("segment", "decisions", "users", "served", card.candidate, card.incumbent, "advantage")
    return Table("Reward per decision (SNIPS), users resampled", columns, rows)


def meanings(segments: Sequence[Segment]) -> Table:
    """Return who belongs to each group."""
    return Table("Who is meant", ("segment", "users"), tuple((each.name, each.meaning) for each in segments))


def of_explorations(found: Sequence[Exploration]) -> Table:
    """Return what exploration cost."""
    rows = tuple(
        (
            each.policy,
            f"{count(each.explored)} of {count(each.decisions)}",
            share(each.share),
            shown(each.best),
            shown(each.other),
            shown(each.lost, signed=True),
        )
        for each in found
    )
    columns = ("policy", "explored", "share", "reward of the others", "reward of the explored", "lost a decision")
    return Table("By the policy that served", columns, rows)


def shown(found: Amount | None, *, signed: bool = False) -> str:
    """Return an amount as text: "0.1234 (0.1000 to 0.1400)"."""
    if found is None or found.value is None:
        return NONE
    if signed:
        return f"{change(found.value)} ({between(found.low, found.high)})"
    return f"{reward(found.value)} ({reward(found.low)} to {reward(found.high)})"


def three(interval: Mapping[str, float | None]) -> tuple[float | None, float | None, float | None]:
    """Return the fields of an interval of an evaluation, in the order of ``Amount``."""
    return interval["estimate"], interval["low"], interval["high"]
