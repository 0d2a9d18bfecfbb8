"""What the gate's second eye saw: what logged decisions say of the candidate, as it is kept in the record."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tipbandit_lab.evaluation.checks import Limits
from tipbandit_lab.gate.measures import Finding

Bound = Literal["fixed", "anytime"]
"""Which lower bound decides: BCa's, for a number of decisions that is fixed beforehand; or one that holds at all times.
"""
Outcome = Literal["better", "no worse", "unclear", "worse", "refused"]
"""What logged data say of the advantage: above 0; above -margin; neither; below 0; that they support no number."""
BOUNDS: Final[tuple[Bound, ...]] = ("fixed", "anytime")
ESTIMATOR: Final = "DR"
"""Whose interval the fixed bound is: unbiased whatever the reward model is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCriteria:
    """What a candidate must show on logged data. Rewards are per decision, in [-1, 1].

    Attributes:
        alpha: probability of ever passing a candidate that is no better on logged data, over all looks at them: 1 in
            20 by convention, and half of it in truth, as the error has two sides and only one promotes.
        margin: the lower bound of the advantage must be above -``margin``. 0: it must be shown to be better. More is
            for services whose log cannot show so little; 0.02 is the loss that the simulation calls harm.
        bound: "fixed" takes some 12 times fewer decisions than "anytime" where weights are large, and is right for six
            looks; "anytime" is right for any number of looks at a log that grows, exactly and for any n.
        least_tail: probability beyond a fixed bound below which there is none: of rarer errors a bootstrap of some
            hundred effective decisions knows nothing. 0.0005 leaves six looks at the usual ``alpha``.
        power: with which probability a true advantage shall be shown, in what is said of the decisions it takes.
        limits: what is too little to give a number.

    Raises:
        ValueError: if a number is out of range; all of them are named.
    """

    alpha: float = 0.05
    margin: float = 0.0
    bound: Bound = "fixed"
    least_tail: float = 5e-4
    power: float = 0.8
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        chances = ("alpha", "least_tail", "power")
        checks = {
            **{f"{name} must lie in (0, 1)": 0 < getattr(self, name) < 1 for name in chances},
            "margin must be non-negative and finite": 0 <= self.margin < math.inf,
            f"bound must be {' or '.join(BOUNDS)}": self.bound in BOUNDS,
        }
        if wrong := [sentence for sentence, holds in checks.items() if not holds]:
            raise ValueError(f"criteria for logged data: {'; '.join(wrong)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedLook:
    """One test of the comparison on logged data, and what it costs.

    Attributes:
        number: 1 for the first.
        test: 16 hex digits that name it. A fixed bound of other numbers is another test. A bound that holds at all
            times is the same test however much its log has grown, and another one if the log begins elsewhere.
        bound: which bound.
        alpha: what it spends of ``LoggedCriteria.alpha``; its interval has confidence 1 - ``alpha``.
        spent: what all tests so far have spent.
    """

    number: int
    test: str
    bound: Bound
    alpha: float
    spent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """How many decisions like those of the log it takes; None where none would do, or it cannot be said.

    Attributes:
        have: those there are.
        number: for any number: until the effective sample size is large enough.
        effect: the advantage that shall be shown: that of the simulation.
        fixed: until the fixed bound shows it, at this look.
        anytime: until the bound that holds at all times does.
    """

    have: int
    number: int | None
    effect: float
    fixed: int | None
    anytime: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What logged data say of the candidate.

    Attributes:
        outcome: in one word or two.
        passed: whether it is what promotion asks for.
        sentence: the same in words, with the reasons; without its full stop.
        criteria: the thresholds.
        look: which test of this comparison it was.
        earlier: all other tests of it that are known of: the memory of looks.
        findings: every criterion, met or not.
        needs: how many decisions it takes; None if the log has none.
        lake: where the log was.
        days: the days that were asked for, FROM..TO; None: all.
        shadow: the name of the shadow that was taken at its word; None: the candidate was replayed.
        evaluation: the whole evaluation.
    """

    outcome: Outcome
    passed: bool
    sentence: str
    criteria: LoggedCriteria
    look: LoggedLook
    earlier: tuple[LoggedLook, ...]
    findings: tuple[Finding, ...]
    needs: Needs | None
    lake: str
    days: str | None
    shadow: str | None
    evaluation: Mapping[str, Any]
