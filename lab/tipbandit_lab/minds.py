"""How users react to what they are shown: appeal, attention, and an ordered logistic choice of reaction."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from scipy.special import expit

from tipbandit.rewards import REWARD_BY_REACTION
from tipbandit_lab.arrays import Floats, Ints
from tipbandit_lab.moments import REACTIONS, Moment, Reactions
from tipbandit_lab.personas import KINDS, Reacting
from tipbandit_lab.population import DAY_H, Population
from tipbandit_lab.supply import HOUR_MS

REWARDS: Final = np.array([REWARD_BY_REACTION[reaction] for reaction in REACTIONS])
"""The reward of each reaction, in the order of ``REACTIONS``."""
LEAST_DWELL_S: Final = 0.2
LONGEST_DWELL_S: Final = 1_800.0

_IGNORED: Final = REACTIONS.index("ignored")


@dataclass(slots=True, eq=False)
class Mind:
    """The users of one cohort as one player has made them: what they lately saw of each kind is part of them.

    Attributes:
        population: the users; shared by all players.
        weary: how much of each kind was lately looked at, shape (kinds, U): 1 for each tip, fading with time.
        since_ms: the moment ``weary`` is of, shape (U,).
    """

    population: Population
    weary: Floats
    since_ms: Ints

    @classmethod
    def fresh(cls, population: Population, start_ms: int) -> Self:
        """Return users who have seen nothing yet."""
        users = len(population.deviations.shift_h)
        return cls(population, np.zeros((len(KINDS), users)), np.full(users, start_ms, dtype=np.int64))

    def copy(self) -> "Mind":
        """Return the same users, to be made different by another player."""
        return Mind(self.population, self.weary, self.since_ms)  # ``react`` replaces arrays and changes none

    def appeal(self, moment: Moment) -> Floats:
        """Return how much each tip appeals now, shape (K, U)."""
        worn = self.population.persona.habituation.weight * -np.expm1(-self._faded(moment))
        return self.population.appeal(moment) - np.take_along_axis(worn, moment.tips.kind, axis=0)

    def expected(self, moment: Moment, appeal: Floats) -> Floats:
        """Return the expectation, over mood and glance, of the reward of tips that appeal so much.

        Args:
            moment: when.
            appeal: shape (..., U).

        Returns:
            The same shape. P(z > c) is the logistic function of (appeal - c)/noise for each of the three thresholds c.
        """
        steps = -np.diff(REWARDS)
        seen = np.full_like(appeal, REWARDS[-1])
        for threshold, step in zip(thresholds(self._reacting), steps, strict=True):
            seen += step * expit((appeal - threshold) / self._reacting.noise)
        unseen = REWARDS[_IGNORED]
        expected: Floats = unseen + self.attention(moment) * (seen - unseen)
        return expected

    def attention(self, moment: Moment) -> Floats:
        """Return the probability that each user looks at what is shown, shape (U,)."""
        written = self.population.persona.attention
        since_h = moment.hour - self.population.deviations.shift_h - written.at_hour
        towards: Floats = 0.5 + 0.5 * np.cos(since_h * (np.pi * 2 / DAY_H))
        return written.least + (written.most - written.least) * towards

    def react(self, moment: Moment, appeal: Floats, shown: Ints) -> Reactions:
        """Return what the users do with the tips ``shown`` (U,), and let them remember having seen them.

        Args:
            moment: when; its mood, glance and pace are the luck.
            appeal: of all its tips, shape (K, U), as ``appeal`` returned it.
            shown: index of each user's tip.
        """
        users = np.arange(moment.users)
        chosen = appeal[shown, users]
        looked = moment.glance < self.attention(moment)
        felt = chosen + self._reacting.noise * moment.mood
        reaction = np.sum([felt <= threshold for threshold in thresholds(self._reacting)], axis=0)
        reaction[~looked] = _IGNORED
        dwell_s = np.where(looked, self._dwell_s(reaction, chosen, moment.pace), 0.0)
        self.weary, self.since_ms = self._faded(moment), moment.at_ms  # a new array
        self.weary[moment.tips.kind[shown, users], users] += looked
        return Reactions(reaction, REWARDS[reaction], self.expected(moment, chosen), dwell_s)

    @property
    def _reacting(self) -> Reacting:
        return self.population.persona.reacting

    def _faded(self, moment: Moment) -> Floats:
        past_h = (moment.at_ms - self.since_ms) / HOUR_MS
        return self.weary * np.exp(past_h / -self.population.persona.habituation.memory_hours)

    def _dwell_s(self, reaction: Ints, appeal: Floats, pace: Floats) -> Floats:
        written = self.population.persona.dwell
        medians = np.array([getattr(written, name) for name in REACTIONS])
        seconds = medians[reaction] * np.exp(written.per_appeal * appeal + written.spread * pace)
        clipped: Floats = np.clip(seconds, LEAST_DWELL_S, LONGEST_DWELL_S)
        return clipped


def thresholds(reacting: Reacting) -> tuple[float, float, float]:
    """Return where completed ends, snoozed ends and ignored ends, from the top."""
    completed = reacting.completed_above
    snoozed = completed - reacting.snoozed_width
    return completed, snoozed, snoozed - reacting.ignored_width
