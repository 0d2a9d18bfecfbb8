"""A cohort: users of one persona, the moments they live through, and the time before."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np

from tipbandit_lab.arrays import Ints
from tipbandit_lab.minds import Mind
from tipbandit_lab.moments import Moment, Reactions
from tipbandit_lab.personas import Persona
from tipbandit_lab.population import Population
from tipbandit_lab.streams import Streams
from tipbandit_lab.supply import DAY_MS, HOUR_MS, decision_ids, times_of_day, tips

START_MS: Final = 1_767_571_200_000
"""Monday, 5 January 2026, 00:00 UTC: the first day that counts."""

_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Setting:
    """How much there is of everything.

    Attributes:
        users: of one cohort.
        days: that count.
        moments_a_day: decisions a user and day.
        candidates: K, for each decision.

    Raises:
        ValueError: if any is not a positive whole number; all are named.
    """

    users: int = 32
    days: int = 30
    moments_a_day: int = 8
    candidates: int = 10

    def __post_init__(self) -> None:
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        if wrong := [name for name, value in given.items() if type(value) is not int or value < 1]:
            raise ValueError(f"setting: {', '.join(wrong)} must be a whole number of at least 1")

    @property
    def rounds(self) -> int:
        """Decisions a user."""
        return self.days * self.moments_a_day


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """One moment of the time before: a tip shown at random, ``shown`` (U,), and what the users did."""

    moment: Moment
    shown: Ints
    reactions: Reactions


@dataclass(slots=True, eq=False)
class Cohort:
    """Users of one persona, and everything that happens to them whoever decides.

    Two cohorts of equal arguments are equal. Nothing in one depends on who plays: all players meet the same moments.

    Attributes:
        persona: what the users are like.
        seed: which world.
        setting: its size.
        block: which users of that world; blocks are independent.
    """

    persona: Persona
    seed: int
    setting: Setting
    block: int = 0
    _population: Population = field(init=False, repr=False)
    _day: tuple[int, Ints] | None = field(init=False, repr=False, default=None)
    _before: tuple[Sequence[Past], Mind] | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        setting = self.setting
        self._population = Population.drawn(
            self.persona,
            self._streams.at("users"),
            users=setting.users,
            days=setting.days,
            moments_a_day=setting.moments_a_day,
        )

    @property
    def rounds(self) -> int:
        """How many decisions count for each user."""
        return self.setting.rounds

    @property
    def rounds_before(self) -> int:
        """How many decisions each user met in the time before."""
        return self.persona.past_days * self.setting.moments_a_day

    def moment(self, number: int) -> Moment:
        """Return the ``number``-th moment; any, in any order.

        Raises:
            ValueError: if there is none, before the past or after the last round.
        """
        if not -self.rounds_before <= number < self.rounds:
            raise ValueError(f"moment {number} is not in [{-self.rounds_before}, {self.rounds})")
        day, place = divmod(number, self.setting.moments_a_day)
        since_midnight = self._day_ms(day)[place]
        at_ms = START_MS + day * DAY_MS + since_midnight
        users, draw = self.setting.users, self._streams.at("moments", number)
        return Moment(
            number=number,
            day=day,
            hour=since_midnight / HOUR_MS,
            weekday=np.full(users, day % _WEEK, dtype=np.int64),
            at_ms=at_ms,
            tips=tips(self.persona.supply, draw, (self.setting.candidates, users)),
            ids=decision_ids(at_ms, draw),
            mood=draw.logistic(size=users),
            glance=draw.random(users),
            pace=draw.standard_normal(users),
        )

    def mind(self) -> Mind:
        """Return the users as they are when round 0 begins; every player needs one of its own."""
        return self._lived()[1].copy()

    def past(self) -> Sequence[Past]:
        """Return the time before round 0 in order; empty for a persona without a past."""
        return self._lived()[0]

    @property
    def _streams(self) -> Streams:
        return Streams(self.persona.name, self.seed, self.block)

    def _day_ms(self, day: int) -> Ints:
        if self._day is None or self._day[0] != day:
            shift_h = self._population.deviations.shift_h
            draw, moments = self._streams.at("days", day), self.setting.moments_a_day
            self._day = day, times_of_day(self.persona.openings, draw, shift_h, moments)
        return self._day[1]

    def _lived(self) -> tuple[Sequence[Past], Mind]:
        if self._before is None:
            mind = Mind.fresh(self._population, START_MS - self.persona.past_days * DAY_MS)
            self._before = tuple(self._live(mind, number) for number in range(-self.rounds_before, 0)), mind
        return self._before

    def _live(self, mind: Mind, number: int) -> Past:
        moment = self.moment(number)
        draw = self._streams.at("past", number)
        shown = draw.integers(0, self.setting.candidates, size=self.setting.users, dtype=np.int64)
        return Past(moment, shown, mind.react(moment, mind.appeal(moment), shown))
