"""Logged data that say what a test wants them to, judged as the gate does."""

from dataclasses import replace
from typing import Any, Final

from tests.gate.synthetic import CANDIDATE, INCUMBENT

from tipbandit_lab.evaluation.checks import Calibration, Overlap, Verdict
from tipbandit_lab.evaluation.intervals import Interval
from tipbandit_lab.evaluation.record import Estimated, Evaluation, Sequences
from tipbandit_lab.evaluation.replaying import Recheck
from tipbandit_lab.gate import verdicts
from tipbandit_lab.gate.logged import Logged, LoggedCriteria, LoggedLook

EFFECT: Final = 0.05
"""The advantage of the simulation."""
_OVERLAP: Final = Overlap(
    effective=400.0, share=0.1, unsupported=0.0, affected=0.0, largest=20.0, possible=30.0, heaviest=0.02
)
_CALIBRATION: Final = Calibration(mean_weight=1.01, expected=1.0, weight_p_value=0.8, bins=(), p_value=0.9)


def evaluation(low: float = 0.01, high: float = 0.09, *reasons: str, **changed: Any) -> Evaluation:  # noqa: ANN401 - any
    """Return an evaluation whose fixed interval of the advantage is this one, and which has none given reasons.

    The interval that holds at all times is three times as wide.
    """
    middle, half = (low + high) / 2, (high - low) / 2
    value = Interval(0.2, 0.1, 0.3)
    estimates = tuple(
        Estimated(
            estimator=name, parameter=None, candidate=value, incumbent=value, advantage=Interval(middle, low, high)
        )
        for name in ("IPS", "DR")
    )
    bounds = (middle - 3 * half, middle + 3 * half)
    whole = Evaluation(
        candidate=CANDIDATE,
        incumbent=INCUMBENT,
        confidence=0.975,
        verdict=Verdict(reasons),
        rounds=4_000,
        users=100,
        first_day="2026-01-05",
        last_day="2026-01-16",
        logged_by={INCUMBENT: 4_000},
        unrewarded=20,
        treated="drop",
        left_out={},
        estimates=estimates,
        sequences=Sequences(candidate=(0.0, 0.4), incumbent=(0.0, 0.4), advantage=bounds, spread=4.0),
        overlap=_OVERLAP,
        incumbent_overlap=replace(_OVERLAP, effective=4_000.0, share=1.0),
        calibration=_CALIBRATION,
        rechecks=(Recheck(policy=INCUMBENT, decisions=4_000, checkable=3_900, same=3_900),),
    )
    return replace(whole, **{**({"estimates": (), "sequences": None} if reasons else {}), **changed})


def eye(found: Evaluation | None = None, criteria: LoggedCriteria | None = None, **changed: Any) -> Logged:  # noqa: ANN401
    """Return what the gate makes of an evaluation: by default, that the candidate is better."""
    found, criteria = found or evaluation(), criteria or LoggedCriteria()
    judged = verdicts.judge(found, criteria, EFFECT)
    whole = Logged(
        outcome=judged.outcome,
        passed=judged.outcome in ("better", "no worse"),
        sentence=judged.sentence,
        criteria=criteria,
        look=LoggedLook(number=1, test="a" * 16, bound=criteria.bound, alpha=0.025, spent=0.025),
        earlier=(),
        findings=judged.findings,
        needs=judged.needs,
        lake="lake",
        days=None,
        shadow=None,
        evaluation=found.as_mapping(),
    )
    return replace(whole, **changed)


BETTER: Final = eye()
UNCLEAR: Final = eye(evaluation(-0.05, 0.09))
WORSE: Final = eye(evaluation(-0.09, -0.01))
NO_WORSE: Final = eye(evaluation(-0.01, 0.09), LoggedCriteria(margin=0.02))
REFUSED: Final = eye(
    evaluation(
        0.01, 0.09, "the effective sample size is 40.0, and 100 is needed", overlap=replace(_OVERLAP, effective=40.0)
    )
)
