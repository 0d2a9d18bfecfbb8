"""Lakes with a known truth, drawn: many users, versions and policies served to some more than to others."""

from dataclasses import dataclass

import numpy as np
from tests.analytics.small import Decision, Shadow, Tip

VERSIONS = ("v1", "v2")


@dataclass(frozen=True, kw_only=True)
class World:
    """A crowd in which the worse version is served to the happier users.

    Attributes:
        worth: what a tip of each version earns beyond what its user is worth.
        happy: what half of the users are worth more than the others.
        users: how many; each has ``each`` decisions.
        each: a day apart in tens.
    """

    worth: tuple[float, float] = (0.3, 0.1)
    happy: float = 0.8
    users: int = 60
    each: int = 20
    rewarded: float = 0.9

    @property
    def difference(self) -> float:
        """By how much the second version is better: what a comparison must find."""
        return self.worth[1] - self.worth[0]

    def decisions(self, seed: int) -> list[Decision]:
        """Draw the decisions of all users."""
        rng = np.random.default_rng(seed)
        return [self._decision(rng, user, place) for user in range(self.users) for place in range(self.each)]

    def _decision(self, rng: np.random.Generator, user: int, place: int) -> Decision:
        """A happy user is shown the second version with probability 0.8, another one the first."""
        happy = user % 2 == 0
        second = 0.8 if happy else 0.2
        ours = int(rng.integers(1, 4))
        propensities = [*[(1 - second) / 2] * 2, *[second / ours] * ours]
        versions = [VERSIONS[0]] * 2 + [VERSIONS[1]] * ours
        tips = [
            Tip(tip_id=f"t{k}", propensity=p, version=v)
            for k, (p, v) in enumerate(zip(propensities, versions, strict=True))
        ]
        shown = tips[int(rng.choice(len(tips), p=np.array(propensities) / sum(propensities)))]
        target = {each.tip_id: float(each.tip_id == "t0") for each in tips}
        return Decision(
            tips=tips,
            shown=shown.tip_id,
            user=f"u{user:03}",
            day=place // 10,
            policy=("egreedy/v1", "linucb/v1")[place % 2],
            reward=self._reward(rng, shown, happy=happy),
            shadows=(Shadow(target=target),) if rng.random() < 0.9 else (),
        )

    def _reward(self, rng: np.random.Generator, shown: Tip, *, happy: bool) -> float | None:
        mean = -0.5 + self.happy * happy + self.worth[VERSIONS.index(shown.version or "")]
        return float(np.clip(mean + rng.uniform(-0.2, 0.2), -1, 1)) if rng.random() < self.rewarded else None
