"""What an evaluation found, as it is kept and handed on."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from tipbandit_lab.evaluation.checks import Calibration, Overlap, Verdict
from tipbandit_lab.evaluation.intervals import Interval
from tipbandit_lab.evaluation.replaying import Recheck

FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """What one estimator says: the reward per decision of both policies, and how much more the candidate's is.

    Attributes:
        estimator: its name.
        parameter: the tau of Switch-DR, the lambda of DRos, the bound of replay; None for the others.
        candidate: its value, with an interval.
        incumbent: its value, with an interval.
        advantage: the difference, resampled in pairs.
    """

    estimator: str
    parameter: float | None
    candidate: Interval
    incumbent: Interval
    advantage: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequences:
    """Anytime-valid bounds after all rounds, each pair with the confidence of the evaluation.

    ``spread`` is the standard deviation of what a round says of the advantage: what the width comes from.
    """

    candidate: tuple[float, float]
    incumbent: tuple[float, float]
    advantage: tuple[float, float]
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A shadow that was evaluated.

    Attributes:
        policy: key of the policy it asked.
        asked: decisions that count of its time.
        answered: how many of them it has an answer to that can be used.
        degraded: how many of these it gave without the user's state.
    """

    policy: str
    asked: int
    answered: int
    degraded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One evaluation of a candidate against an incumbent on logged decisions.

    Attributes:
        candidate: key of the policy that may serve, or the name of a shadow's signals.
        incumbent: key of the one that serves.
        confidence: of all intervals, two-sided.
        verdict: whether numbers mean something; if not there are none.
        rounds: how many decisions count.
        users: whose they are.
        first_day: UTC day of the first, ISO 8601; None if there are none.
        last_day: of the last.
        logged_by: how many of them each policy made.
        unrewarded: how many had no reward.
        treated: what became of these: "drop" or "ignored".
        left_out: decisions of the log that cannot be evaluated, by the reason.
        estimates: what each estimator says; empty where numbers mean nothing.
        sequences: bounds that hold at all times; None where numbers mean nothing.
        overlap: how far the log covers the candidate; None if no decision counts.
        incumbent_overlap: the same of the incumbent.
        calibration: whether what was shown agrees with what was logged.
        rechecks: whether replaying those who served gives what they logged.
        shadow: who was asked, if the candidate is a shadow; None if it was replayed.
        format: of this record.
    """

    candidate: str
    incumbent: str
    confidence: float
    verdict: Verdict
    rounds: int
    users: int
    first_day: str | None
    last_day: str | None
    logged_by: Mapping[str, int]
    unrewarded: int
    treated: str
    left_out: Mapping[str, int]
    estimates: tuple[Estimated, ...] = ()
    sequences: Sequences | None = None
    overlap: Overlap | None = None
    incumbent_overlap: Overlap | None = None
    calibration: Calibration | None = None
    rechecks: tuple[Recheck, ...] = ()
    shadow: Shadow | None = None
    format: int = FORMAT

    @property
    def lower_bound(self) -> float | None:
        """The anytime-valid lower bound of the advantage: above 0 the candidate is better; None: nothing is known."""
        return None if self.sequences is None else self.sequences.advantage[0]

    @property
    def effective_size(self) -> float | None:
        """The effective sample size of the candidate's weights."""
        return None if self.overlap is None else self.overlap.effective

    def of(self, estimator: str) -> Estimated | None:
        """Return what one estimator says, if anything."""
        return next((each for each in self.estimates if each.estimator == estimator), None)

    def as_mapping(self) -> dict[str, Any]:
        """Return it as what JSON can hold; what is no finite number is None."""
        fields = asdict(self)
        fields |= {"lower_bound": self.lower_bound, "effective_size": self.effective_size}
        fields["verdict"]["valid"] = self.verdict.valid
        found: dict[str, Any] = _finite(fields)
        return found

    def as_json(self) -> str:
        """Return it as JSON, keys sorted."""
        return json.dumps(self.as_mapping(), indent=2, sort_keys=True, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
