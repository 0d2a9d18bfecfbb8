"""What a candidate must show, in numbers."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """The thresholds of the gate. Rewards are per decision, in [-1, 1].

    Attributes:
        alpha: probability of ever promoting a candidate that is no better, over all looks: 1 in 20 by convention,
            and half of it in truth, as the error has two sides and only one promotes.
        harm_alpha: probability of ever passing a group that is harmed by ``margin``, over all looks. As ``alpha``:
            harming a group is no smaller mistake than promoting for nothing.
        margin: the loss that counts as harm. 0.02 is one tip in a hundred dismissed (-1) that had been completed
            (+1): below what a user can notice in a month, above what 20 seeds leave uncertain.
        cold_days: how many days users count as cold. With 8 decisions a day, after 3 days a policy knows two numbers
            for each of a dozen weights.
        least_seeds: below this nothing is promoted. From 20 on, Student's interval is at most 7 % wider than a normal
            one, and skewness hardly moves its coverage.
        personas: who must be in the run, as nobody is shown to be unharmed who was not there. None: every
            persona there is.
        least_propensity: below this a decision says little about any other policy: it weighs 1/p off-policy, and n
            decisions give a standard error of up to sqrt(1/(n p)). At 0.001 that is 0.03 after a million. Epsilon 0.1
            gives 0.01 among 10 candidates; SquareCB's 1/(K + gamma gap) reaches 0.001 at gamma gap = 990.
        mass_tolerance: how far a decision's propensities may miss the sum of 1: a thousand times what rounding does
            to 200 candidates, a million times less than matters.
        false_alarm: probability of holding a right candidate for its propensities or places: 1 in 10,000 runs.
        calibration_tolerance: the relative error of stated propensities that is let pass however certain: off-policy
            estimates are wrong by the same share.
        place_tolerance: how much more than its fair share the most shown place of the list may be shown, relatively.
            Places mean nothing, so a right policy's excess is noise; a stuck one's is 9 among 10 candidates.

    Raises:
        ValueError: if a number is out of range; all of them are named.
    """

    alpha: float = 0.05
    harm_alpha: float = 0.05
    margin: float = 0.02
    cold_days: int = 3
    least_seeds: int = 20
    personas: tuple[str, ...] | None = None
    least_propensity: float = 1e-3
    mass_tolerance: float = 1e-9
    false_alarm: float = 1e-4
    calibration_tolerance: float = 0.02
    place_tolerance: float = 0.25

    def __post_init__(self) -> None:
        chances = ("alpha", "harm_alpha", "false_alarm", "least_propensity")
        sizes = ("margin", "mass_tolerance", "calibration_tolerance", "place_tolerance")
        checks = {
            **{f"{name} must lie in (0, 1)": 0 < getattr(self, name) < 1 for name in chances},
            **{f"{name} must be non-negative and finite": 0 <= getattr(self, name) < math.inf for name in sizes},
            "cold_days must be at least 1": self.cold_days >= 1,
            "least_seeds must be at least 2": self.least_seeds >= 2,  # noqa: PLR2004 - one seed has no spread
        }
        if wrong := [sentence for sentence, holds in checks.items() if not holds]:
            raise ValueError(f"criteria: {'; '.join(wrong)}")
