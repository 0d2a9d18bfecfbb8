"""What is made of an evaluation: the outcome, its reasons, and what it would take to say more."""

from dataclasses import replace
from typing import Any

import pytest
from tests.gate import logs
from tests.gate.synthetic import CANDIDATE, INCUMBENT

from tipbandit_lab.evaluation.checks import Bin, Calibration, Limits, Overlap
from tipbandit_lab.evaluation.record import Shadow
from tipbandit_lab.evaluation.replaying import Recheck
from tipbandit_lab.gate import verdicts
from tipbandit_lab.gate.logged import LoggedCriteria
from tipbandit_lab.gate.measures import Finding

ANYTIME = LoggedCriteria(bound="anytime")
MARGIN = LoggedCriteria(margin=0.02)


@pytest.mark.parametrize(
    ("low", "high", "criteria", "outcome"),
    [
        (0.001, 0.1, LoggedCriteria(), "better"),
        (0.0, 0.1, LoggedCriteria(), "unclear"),
        (-0.1, 0.001, LoggedCriteria(), "unclear"),
        (-0.1, -0.001, LoggedCriteria(), "worse"),
        (0.001, 0.1, MARGIN, "better"),
        (-0.019, 0.1, MARGIN, "no worse"),
        (-0.019, -0.001, MARGIN, "no worse"),
        (-0.02, 0.1, MARGIN, "unclear"),
        (-0.03, -0.001, MARGIN, "worse"),
        (0.03, 0.07, ANYTIME, "unclear"),  # three times as wide: -0.01 to 0.11
        (0.04, 0.06, ANYTIME, "better"),
        (-0.06, -0.04, ANYTIME, "worse"),
    ],
)
def test_the_lower_bound_decides(low: float, high: float, criteria: LoggedCriteria, outcome: str) -> None:
    found = logs.eye(logs.evaluation(low, high), criteria)
    assert (found.outcome, found.passed) == (outcome, outcome in ("better", "no worse"))


def test_data_that_support_no_number_never_pass_whatever_the_interval() -> None:
    found = logs.evaluation(0.5, 0.6, "propensities are untrue")
    whole = replace(logs.evaluation(0.5, 0.6), verdict=found.verdict)
    for each in (found, whole):
        eye = logs.eye(each)
        assert (eye.outcome, eye.passed) == ("refused", False)
        assert eye.sentence == "logged data support no number: propensities are untrue"
        assert eye.findings[-1].measures[0].low is None


def test_an_interval_without_ends_does_not_pass() -> None:
    eye = logs.eye(logs.evaluation(float("nan"), float("nan")))
    assert (eye.outcome, eye.passed) == ("refused", False)


def findings(**changed: Any) -> dict[str, Finding]:  # noqa: ANN401 - of any field
    return {each.criterion: each for each in logs.eye(logs.evaluation(**changed)).findings}


def test_every_ground_has_a_finding_that_fails_with_it_and_only_then() -> None:
    fine = findings()
    assert list(fine) == [
        "data", "support", "effective sample size", "logged propensities", "replay", "advantage on logged data"
    ]  # fmt: skip
    assert all(each.passed for each in fine.values())
    bad = Overlap(effective=99.0, share=0.1, unsupported=0.02, affected=0.1, largest=9.0, possible=9.0, heaviest=0.11)
    lone = Recheck(policy=INCUMBENT, decisions=10, checkable=10, same=9)
    untrue = Calibration(mean_weight=2.0, expected=1.0, weight_p_value=1e-4, bins=(Bin(0, 1, 9, 9, 4.0),), p_value=0.5)
    for changed, failed in (
        ({"overlap": replace(bad, effective=100.0, heaviest=0.1)}, {"support"}),
        ({"incumbent_overlap": replace(bad, unsupported=0.01)}, {"effective sample size"}),
        ({"overlap": replace(bad, unsupported=None, effective=100.0)}, {"effective sample size"}),
        ({"overlap": replace(bad, unsupported=None, heaviest=0.1)}, {"effective sample size"}),
        ({"calibration": untrue}, {"logged propensities"}),
        ({"calibration": replace(untrue, weight_p_value=1.0, p_value=1e-4)}, {"logged propensities"}),
        ({"rechecks": (lone,)}, {"replay"}),
        ({"shadow": Shadow(policy=CANDIDATE, asked=100, answered=98, degraded=0)}, {"shadow"}),
        ({"shadow": Shadow(policy=CANDIDATE, asked=100, answered=99, degraded=0)}, set()),
        ({"rechecks": (replace(lone, checkable=0, same=0),)}, set()),
    ):
        assert {name for name, each in findings(**changed).items() if not each.passed} == failed


def test_without_any_decision_there_is_nothing_but_the_reason() -> None:
    bare = logs.evaluation(
        0.0, 0.1, "no decision has a reward", rounds=0, users=0, overlap=None, incumbent_overlap=None,
        calibration=None, rechecks=(), first_day=None, last_day=None, logged_by={},
    )  # fmt: skip
    eye = logs.eye(bare)
    assert [each.criterion for each in eye.findings] == ["data", "advantage on logged data"]
    assert (eye.needs, eye.outcome) == (None, "refused")


def test_a_hold_says_how_many_decisions_would_show_what_the_simulation_promises() -> None:
    """DR's interval is 0.14 wide at 97.5 %: s = 0.07/2.2414 of 4,000, so 4,000 (3.083 s/0.05)^2 = 14,834."""
    eye = logs.UNCLEAR
    assert eye.needs is not None
    assert eye.needs.effect == logs.EFFECT
    assert eye.needs.fixed == pytest.approx(14_834, abs=2)
    assert eye.needs.anytime is not None
    assert eye.needs.fixed is not None
    assert eye.needs.anytime > eye.needs.fixed
    assert "to show the simulation's +0.0500 with 80 % power takes about 11,000 more decisions" in eye.sentence
    assert "about 15,000 in all" in eye.sentence
    assert "--bound anytime" in eye.sentence
    assert "--bound fixed" in logs.eye(logs.evaluation(-0.05, 0.09), ANYTIME).sentence
    assert "takes" not in logs.BETTER.sentence
    assert "takes" not in logs.WORSE.sentence


def test_a_margin_asks_for_fewer_decisions_and_no_number_helps_without_an_advantage() -> None:
    found = logs.evaluation(-0.05, 0.09)
    strict, lenient = (verdicts.needed(found, each, 0.05) for each in (LoggedCriteria(), LoggedCriteria(margin=0.05)))
    assert strict is not None
    assert lenient is not None
    assert strict.fixed is not None
    assert lenient.fixed == pytest.approx(strict.fixed / 4, abs=1)
    hopeless = verdicts.judge(found, LoggedCriteria(), -0.01)
    assert hopeless.needs is not None
    assert (hopeless.needs.fixed, hopeless.needs.anytime) == (None, None)
    assert "takes" not in hopeless.sentence


def test_too_small_an_effective_size_says_what_would_be_enough() -> None:
    """40 of 4,000: a hundred take 10,000."""
    assert logs.REFUSED.needs is not None
    assert logs.REFUSED.needs.number == 10_000
    assert logs.REFUSED.sentence.endswith("; about 10,000 decisions like these 4,000 might be enough for one")
    enough = logs.eye(logs.evaluation(0.0, 0.1, "propensities are untrue")).needs
    assert enough is not None
    assert enough.number is None


@pytest.mark.parametrize(
    ("n", "said"), [(1, "about 1"), (87, "about 87"), (146_789, "about 150,000"), (4_472_013, "about 4,500,000")]
)
def test_estimates_of_decisions_pretend_to_no_precision(n: float, said: str) -> None:
    assert verdicts.about(n) == said


def test_criteria_out_of_range_are_all_named() -> None:
    with pytest.raises(ValueError, match="criteria for logged data: ") as caught:
        LoggedCriteria(alpha=0.0, margin=-0.1, bound="both", power=1.0)  # type: ignore[arg-type]
    for name in ("alpha", "margin", "bound must be fixed or anytime", "power"):
        assert name in str(caught.value)
    assert "least_tail" not in str(caught.value)
    assert LoggedCriteria(limits=Limits(rounds=1)).limits.rounds == 1
