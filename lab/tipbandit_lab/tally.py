"""What happens in a run, summed up as it happens: days, stated propensities, places and learned weights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tipbandit_lab.arrays import Floats, Ints
from tipbandit_lab.moments import REACTIONS, Reactions
from tipbandit_lab.players import Choices, Player
from tipbandit_lab.tables import TABLES

BINS: Final = 21
"""Of width 0.05, the last for a propensity of 1."""

Row = dict[str, Any]


class Ledger:
    """What one player did in one cohort.

    A step costs an append: the arrays are kept, and must not change, until the day is closed and summed up at once.
    """

    def __init__(self, player: Player, candidates: int) -> None:
        self._player = player
        self._candidates = candidates
        self._steps: list[tuple[Choices, Reactions]] = []
        self._days: list[Row] = []
        self._calibration = np.zeros((4, BINS))
        self._positions = np.zeros(candidates, dtype=np.int64)

    def add(self, choices: Choices, reactions: Reactions) -> None:
        """Note one moment."""
        self._steps.append((choices, reactions))

    def close_day(self) -> None:
        """Sum up the moments since the last day was closed."""
        choices, reactions = zip(*self._steps, strict=True)
        self._steps.clear()
        propensities = np.stack([each.propensities for each in choices])  # (T, K, U)
        shown = np.stack([each.shown for each in choices])  # (T, U)
        explored = sum(int(np.count_nonzero(each.explored)) for each in choices)
        self._days.append(
            {
                "day": len(self._days),
                "decisions": shown.size,
                "explored": explored,
                **_reacted(reactions),
                "least_propensity": float(propensities.min()),
                "mass_error": float(np.abs(propensities.sum(axis=1) - 1).max()),
                "unsound": int(np.count_nonzero(self._player.unsound())),
            }
        )
        self._calibration += _calibration(propensities, shown)
        self._positions += np.bincount(shown.ravel(), minlength=self._candidates)

    def rows(self) -> dict[str, list[Row]]:
        """Return the rows of each table, without who played."""
        calibration = zip(("candidates", "propensity", "variance", "shown"), self._calibration, strict=True)
        return {
            "days": self._days,
            "calibration": _columns("bin", range(BINS), **dict(calibration)),
            "positions": _columns("position", range(self._candidates), shown=self._positions),
            "weights": list(_weights(self._player.weights())),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What all players did in one cohort: ``ledgers`` by the players' names, in the order they played."""

    persona: str
    seed: int
    block: int
    ledgers: dict[str, Ledger] = field(default_factory=dict)

    def tables(self) -> dict[str, pa.Table]:
        """Return the tables of ``tables.TABLES``, in the order of the players."""
        rows: dict[str, list[Row]] = {name: [] for name in TABLES}
        for player, ledger in self.ledgers.items():
            who = {"player": player, "persona": self.persona, "seed": self.seed, "block": self.block}
            for name, own in ledger.rows().items():
                rows[name].extend(who | row for row in own)
        return {name: pa.Table.from_pylist(rows[name], schema=schema) for name, schema in TABLES.items()}


def _reacted(reactions: Sequence[Reactions]) -> Row:
    counts = np.bincount(np.concatenate([each.reaction for each in reactions]), minlength=len(REACTIONS))
    return {
        "reward": float(np.sum([each.reward for each in reactions])),
        "expected": float(np.sum([each.expected for each in reactions])),
        **dict(zip(REACTIONS, counts.tolist(), strict=True)),
    }


def _calibration(propensities: Floats, shown: Ints) -> Floats:
    """Return how many candidates, the sums of p and of p (1 - p), and how many were shown, for each bin: (4, bins).

    What is no number goes to the first bin, what is out of range to the nearest; the day's row tells on both.
    """
    p = np.nan_to_num(propensities, nan=0.0)
    bins = np.clip(20 * p, 0, BINS - 1).astype(np.int64)
    of_shown = np.take_along_axis(bins, shown[:, None, :], axis=1)
    weights = (np.ones_like(p), p, p * (1 - p))
    sums = [np.bincount(bins.ravel(), weights=each.ravel(), minlength=BINS) for each in weights]
    return np.stack([*sums, np.bincount(of_shown.ravel(), minlength=BINS)])


def _weights(weights: Mapping[str, Floats]) -> Iterator[Row]:
    for feature, each in weights.items():
        mean, square = float(each.mean()), float((each * each).mean())
        yield {"feature": feature, "users": len(each), "mean": mean, "square": square}


def _columns(key: str, keys: range, **columns: Floats | Ints) -> list[Row]:
    return [{key: place, **{name: each[place].item() for name, each in columns.items()}} for place in keys]
