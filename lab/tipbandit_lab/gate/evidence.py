"""What a run says about two policies, as arrays: what the gate judges and what the report draws.

Axes, in this order wherever they occur: P players, G personas, S seeds, D days. All arrays are in the order of
``players``, ``personas``, ``seeds`` and ``days``. A mean over personas gives each the same weight: a small persona
counts as much as a common one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tipbandit_lab.arrays import Bools, Floats, Ints
from tipbandit_lab.gate import completeness
from tipbandit_lab.gate.cube import Rows, codes
from tipbandit_lab.moments import REACTIONS
from tipbandit_lab.tables import Results
from tipbandit_lab.tally import BINS


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Stated propensities against what was shown, summed over seeds; every array (P, G, B), B = ``tally.BINS``.

    Attributes:
        candidates: pairs of decision and candidate whose stated propensity lies in the bin.
        propensity: sum of p: how many of them should have been shown.
        variance: sum of p (1 - p).
        shown: how many were.
    """

    candidates: Floats
    propensity: Floats
    variance: Floats
    shown: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Soundness:
    """The worst of each player, shape (P,).

    Attributes:
        least_propensity: of any candidate of any decision; NaN if one was.
        mass_error: the most by which a decision's propensities miss the sum of 1; NaN if one did.
        unsound: the most users with a state that is not finite, in any persona and seed at the end of any day.
    """

    least_propensity: Floats
    mass_error: Floats
    unsound: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What one player had learned by the end, over all users and seeds.

    Attributes:
        features: the names, F of them.
        mean: mean weight, shape (G, F); NaN where a persona has none.
        deviation: standard deviation between users, shape (G, F).
    """

    features: tuple[str, ...]
    mean: Floats
    deviation: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """One run, seen as a comparison of a candidate with an incumbent. Rewards are per decision, in [-1, 1].

    Attributes:
        candidate: who may be promoted: ``players[0]``.
        incumbent: who serves now: ``players[1]``.
        players: everyone in the run; after the two, the others in alphabetical order ("oracle" and "random" are in).
        personas: in alphabetical order.
        seeds: shape (S,), ascending.
        days: shape (D,), 0, 1, ...
        has_profile: which personas' users have a profile, shape (G,).
        decisions: how many each player makes in one persona, seed and day.
        expected: mean expected reward of what was shown, shape (P, G, S, D).
        explored: share of decisions that only exploration can have made, shape (P, G, S, D).
        reactions: share of each of ``moments.REACTIONS``, shape (P, G, S, D, 4).
        calibration: stated propensities against what was shown.
        places: how often the tip at each place of the list was shown, shape (P, G, K).
        soundness: the worst of each player.
        weights: by player; only those who learn weights.
    """

    candidate: str
    incumbent: str
    players: tuple[str, ...]
    personas: tuple[str, ...]
    seeds: Ints
    days: Ints
    has_profile: Bools
    decisions: int
    expected: Floats
    explored: Floats
    reactions: Floats
    calibration: Calibration
    places: Ints
    soundness: Soundness
    weights: Mapping[str, Weights]

    @property
    def differences(self) -> Floats:
        """Candidate minus incumbent, paired: same users, tips and luck. Shape (G, S, D)."""
        difference: Floats = self.expected[0] - self.expected[1]
        return difference

    @property
    def by_persona(self) -> Floats:
        """The advantage in each persona, a mean over days, shape (G, S)."""
        return _mean(self.differences, 2)

    @property
    def advantage(self) -> Floats:
        """The advantage in each seed, a mean over personas and days, shape (S,): what the gate decides by."""
        return _mean(self.by_persona, 0)

    @property
    def curves(self) -> Floats:
        """Each player's expected reward by day, a mean over personas, shape (P, D, S)."""
        return _mean(self.expected, 1).swapaxes(1, 2)

    @property
    def values(self) -> Floats:
        """Each player's expected reward, a mean over personas and days, shape (P, S)."""
        return _mean(self.expected, (1, 3))

    @property
    def regret(self) -> Floats:
        """What each player misses of the oracle's expected reward, shape (P, S)."""
        regret: Floats = self.values[self.players.index("oracle")] - self.values
        return regret

    @property
    def exploration(self) -> Floats:
        """Share of each player's decisions that explored, by day, shape (P, D)."""
        return _mean(self.explored, (1, 2))


def gather(results: Results, candidate: str, incumbent: str) -> Evidence:
    """Read a run as a comparison of two of its players.

    Raises:
        completeness.UnusableResultsError: if the run cannot be judged: players, personas, days or blocks are missing or
            unequal, or the simulation itself is broken. Everything that is wrong is named.
    """
    completeness.check(results, candidate, incumbent)
    there = set(results.days["player"].to_pylist())
    players = (candidate, incumbent, *sorted(there - {candidate, incumbent}))
    personas = tuple(sorted(set(results.days["persona"].to_pylist())))
    rows = Rows(
        results.days,
        {"player": players, "persona": personas, "seed": _values(results, "seed"), "day": _values(results, "day")},
    )
    decisions = rows.sum("decisions")
    return Evidence(
        candidate,
        incumbent,
        players,
        personas,
        seeds=np.array(_values(results, "seed"), dtype=np.int64),
        days=np.array(_values(results, "day"), dtype=np.int64),
        has_profile=completeness.has_profile(results.config, personas),
        decisions=int(decisions.flat[0]),
        expected=rows.sum("expected") / decisions,
        explored=rows.sum("explored") / decisions,
        reactions=np.stack([rows.sum(name) / decisions for name in REACTIONS], axis=-1),
        calibration=_calibration(results, players, personas),
        places=_places(results, players, personas),
        soundness=_soundness(rows),
        weights={player: found for player in players if (found := _weights(results, player, personas))},
    )


def _mean(x: Floats, axis: int | tuple[int, ...]) -> Floats:
    mean: Floats = x.mean(axis=axis)
    return mean


def _values(results: Results, column: str) -> tuple[int, ...]:
    return tuple(sorted(set(results.days[column].to_pylist())))


def _calibration(results: Results, players: tuple[str, ...], personas: tuple[str, ...]) -> Calibration:
    rows = Rows(results.calibration, {"player": players, "persona": personas, "bin": tuple(range(BINS))})
    return Calibration(*(rows.sum(name) for name in ("candidates", "propensity", "variance", "shown")))


def _places(results: Results, players: tuple[str, ...], personas: tuple[str, ...]) -> Ints:
    places = range(max(results.positions["position"].to_pylist()) + 1)
    rows = Rows(results.positions, {"player": players, "persona": personas, "position": tuple(places)})
    return rows.sum("shown").astype(np.int64)


def _soundness(rows: Rows) -> Soundness:
    cells = (1, 2, 3)
    return Soundness(
        rows.least("least_propensity").min(axis=cells),
        -rows.least("mass_error", sign=-1.0).min(axis=cells),
        rows.sum("unsound").max(axis=cells).astype(np.int64),
    )


def _weights(results: Results, player: str, personas: tuple[str, ...]) -> Weights | None:
    table = results.weights.filter(codes(results.weights["player"], (player,)) == 0)
    if not len(table):
        return None
    features = tuple(dict.fromkeys(table["feature"].to_pylist()))
    rows = Rows(table, {"persona": personas, "feature": features})
    users = rows.sum("users")
    with np.errstate(invalid="ignore", divide="ignore"):  # weights may be no numbers, and a persona without any has 0/0
        mean = rows.sum("mean", times="users") / users
        square = rows.sum("square", times="users") / users
        return Weights(features, mean, np.sqrt(np.maximum(square - mean**2, 0.0)))
