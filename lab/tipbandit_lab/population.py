"""The individual users of a cohort: each deviates from the persona in a way of its own, which stays."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.random import Generator

from tipbandit_lab.arrays import Floats
from tipbandit_lab.moments import Moment, Tips
from tipbandit_lab.personas import EFFORT, KINDS, Deadline, Novelty, Persona, Spread, Taste, Weight

DAY_H: Final = 24.0

_SATURDAY: Final = 5
_EFFORT: Final = np.array([EFFORT[kind] for kind in KINDS])
_WEIGHTS: Final = ("mood", "priority", "deadline", "novelty", "focus")


@dataclass(frozen=True, slots=True, eq=False)
class Deviations:
    """By how much each user differs from the persona.

    Attributes:
        weights: of the constant parts of the five weights, shape (5, U).
        daily: of their daily parts, shape (5, U).
        kinds: shape (kinds, U).
        horizon: factor, shape (U,).
        fading: factor, shape (U,).
        shift_h: hours by which the user's whole day is later, shape (U,).
    """

    weights: Floats
    daily: Floats
    kinds: Floats
    horizon: Floats
    fading: Floats
    shift_h: Floats

    @classmethod
    def none(cls, users: int) -> Self:
        """Return users who do not deviate at all."""
        weights, daily = np.zeros((2, len(_WEIGHTS), users))
        horizon, fading = np.ones((2, users))
        return cls(weights, daily, np.zeros((len(KINDS), users)), horizon, fading, np.zeros(users))

    @classmethod
    def drawn(cls, spread: Spread, draw: Generator, users: int) -> Self:
        """Draw them: normal, the two factors log-normal."""
        of_weights = np.full((len(_WEIGHTS), 1), spread.weights)
        of_weights[0] = spread.bias
        weights, daily = draw.standard_normal((2, len(_WEIGHTS), users))
        kinds = spread.kinds * draw.standard_normal((len(KINDS), users))
        horizon, fading = np.exp(spread.scales * draw.standard_normal((2, users)))
        shift_h = spread.hours * draw.standard_normal(users)
        return cls(of_weights * weights, spread.daily * daily, kinds, horizon, fading, shift_h)


@dataclass(frozen=True, slots=True, eq=False)
class Tastes:
    """One taste as each user has it."""

    taste: Taste
    deviations: Deviations

    def appeal(self, moment: Moment) -> Floats:
        """Return how much each tip appeals before habituation, shape (K, U)."""
        tips, taste = moment.tips, self.taste
        priority = tips.priority - 0.5
        np.copyto(priority, 0.0, where=np.isnan(tips.priority))
        appeal = self._weight("priority", moment) * priority
        appeal += self._weight("deadline", moment) * self._pressure(taste.deadline, tips)
        appeal += self._weight("novelty", moment) * self._newness(taste.novelty, tips)
        appeal += np.take_along_axis(self._kinds(moment), tips.kind, axis=0)
        appeal += self._weight("mood", moment)
        return appeal

    def _weight(self, name: str, moment: Moment) -> Floats:
        written: Weight = getattr(self.taste, name)
        row = _WEIGHTS.index(name)
        since_h = moment.hour - self.deviations.shift_h - written.at_hour
        daily = (written.daily + self.deviations.daily[row]) * np.cos(since_h * (np.pi * 2 / DAY_H))
        weekend = written.weekend * (moment.weekday >= _SATURDAY)
        weight: Floats = written.weight + self.deviations.weights[row] + daily + weekend
        return weight

    def _pressure(self, deadline: Deadline, tips: Tips) -> Floats:
        pressure = tips.due_in_hours / (deadline.horizon_hours * self.deviations.horizon)
        pressure *= pressure
        pressure += 1.0
        np.reciprocal(pressure, out=pressure)
        np.copyto(pressure, deadline.overdue, where=tips.due_in_hours < 0)
        np.copyto(pressure, 0.0, where=np.isnan(tips.due_in_hours))
        return pressure

    def _newness(self, novelty: Novelty, tips: Tips) -> Floats:
        newness: Floats = 1.0 / (1.0 + tips.age_hours / (novelty.fading_hours * self.deviations.fading))
        return newness

    def _kinds(self, moment: Moment) -> Floats:
        """Return what each kind is worth now, shape (kinds, U)."""
        written = np.array([[self.taste.kinds.get(kind, 0.0)] for kind in KINDS])
        worth: Floats = written + self.deviations.kinds + _EFFORT[:, None] * self._weight("focus", moment)
        return worth


@dataclass(slots=True, eq=False)
class Population:
    """The users of one cohort and what appeals to them, whoever decides.

    Attributes:
        persona: whose users they are.
        deviations: how they differ.
        change: the first and the last round of the drift; None for a persona that keeps its taste.
    """

    persona: Persona
    deviations: Deviations
    change: tuple[float, float] | None
    _latest: tuple[Moment, Floats] | None = None

    @classmethod
    def drawn(cls, persona: Persona, draw: Generator, *, users: int, days: int, moments_a_day: int) -> Self:
        """Draw ``users`` of a persona for a run of so many days."""
        change = None
        if persona.drift is not None:
            first = persona.drift.at * days * moments_a_day
            change = first, first + persona.drift.over_days * moments_a_day
        return cls(persona, Deviations.drawn(persona.spread, draw, users), change)

    def appeal(self, moment: Moment) -> Floats:
        """Return how much each tip appeals before habituation, shape (K, U); not to be changed."""
        if self._latest is None or self._latest[0] is not moment:  # the same for all players: once a moment
            self._latest = moment, self._blended(moment)
        return self._latest[1]

    def changed(self, number: int) -> float:
        """Return how much of the drift has happened at a round, in [0, 1]."""
        if self.change is None or number < self.change[0]:
            return 0.0
        first, last = self.change
        return 1.0 if number >= last else (number - first) / (last - first)

    def _blended(self, moment: Moment) -> Floats:
        drift, share = self.persona.drift, self.changed(moment.number)
        before = Tastes(self.persona.taste, self.deviations)
        if drift is None or share == 0.0:
            return before.appeal(moment)
        after = Tastes(drift.taste, self.deviations).appeal(moment)
        return after if share == 1.0 else (1.0 - share) * before.appeal(moment) + share * after
