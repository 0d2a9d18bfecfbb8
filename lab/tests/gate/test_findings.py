"""Each criterion, met and missed, and the sentence that says so."""

import math
from typing import Any

import numpy as np
import pytest
from tests.gate.synthetic import CANDIDATE, PERSONAS, Run, everywhere, failed, judged, of

from tipbandit_lab.gate.criteria import Criteria

BETTER = everywhere(0.05)


def test_a_candidate_that_is_better_for_everybody_meets_every_criterion() -> None:
    findings = judged(Run(gain=BETTER))
    assert [name for name, finding in findings.items() if not finding.passed] == []
    assert list(findings) == [
        "advantage",
        "fairness floor",
        "cold users",
        "calibration",
        "least propensity",
        "sum of propensities",
        "places",
        "states",
        "coverage",
    ]
    assert findings["advantage"].sentence.startswith("new/v2 earns more than old/v1 (+0.0497, ")
    assert "97.5 % interval" in findings["advantage"].sentence


def test_twins_with_the_same_luck_are_held_without_an_error() -> None:
    findings = judged(Run(noise=0.0))
    assert [name for name, finding in findings.items() if not finding.passed] == ["advantage"]
    (found,) = findings["advantage"].measures
    assert (found.value, found.low, found.high) == pytest.approx((0.0, 0.0, 0.0), abs=1e-12)


def test_a_difference_that_may_be_chance_is_not_shown() -> None:
    sentence = judged(Run(gain=everywhere(0.001), noise=0.02))["advantage"].sentence
    assert sentence.startswith("it is not shown that new/v2 earns more than old/v1")


def test_a_worse_candidate_is_called_worse() -> None:
    sentence = judged(Run(gain=everywhere(-0.01), noise=0.002))["advantage"].sentence
    assert sentence.startswith("new/v2 earns less than old/v1 (-0.01")


def test_pairing_finds_an_advantage_far_below_the_luck_of_a_seed() -> None:
    """Luck of 0.1 and an advantage of 0.01: unpaired means of 20 seeds would differ by 0.03 by chance."""
    assert judged(Run(gain=everywhere(0.01), noise=0.01, luck=0.1))["advantage"].passed


def test_the_interval_is_of_the_mean_over_personas_in_each_seed() -> None:
    run = Run(gain=BETTER)
    (found,) = judged(run)["advantage"].measures
    days = run.results().days.to_pylist()
    per_seed = [
        sum(
            row["expected"] / row["decisions"] * (1 if row["player"] == CANDIDATE else -1)
            for row in days
            if row["seed"] == seed and row["player"] in {CANDIDATE, "old/v1"}
        )
        / (len(PERSONAS) * run.days)
        for seed in range(20)
    ]
    mean, error = np.mean(per_seed), np.std(per_seed, ddof=1) / math.sqrt(20)
    assert found.value == pytest.approx(mean)
    assert found.low == pytest.approx(mean - 2.4334 * error, rel=1e-4)  # t with 19 degrees of freedom at 1 - 0.0125
    assert found.confidence == 0.975


def test_the_same_numbers_need_more_at_a_later_look() -> None:
    run = Run(gain=everywhere(0.004), noise=0.01)
    lows = [judged(run, number)["advantage"].measures[0].low or 0.0 for number in (1, 2, 5)]
    assert lows == sorted(lows, reverse=True)
    assert judged(run, 1)["advantage"].passed
    assert not judged(run, 500)["advantage"].passed


@pytest.mark.parametrize("victim", PERSONAS)
def test_whoever_is_harmed_is_named_though_all_earn_more_on_average(victim: str) -> None:
    findings = judged(Run(gain={**everywhere(0.1), victim: -0.06}))
    assert findings["advantage"].passed
    assert not findings["fairness floor"].passed
    assert findings["fairness floor"].sentence.startswith(f"{victim} is significantly worse (-0.0")
    assert findings["fairness floor"].sentence.count("interval") == 1
    assert [each.name for each in findings["fairness floor"].measures if not each.passed] == [victim]


def test_who_is_merely_not_shown_to_be_unharmed_is_told_apart() -> None:
    def noisy(row: dict[str, Any]) -> dict[str, Any]:
        late = (row["player"], row["persona"]) == (CANDIDATE, "late")
        return row | {"expected": row["expected"] + (8 if row["seed"] % 2 else -8)} if late else row

    findings = judged(Run(gain=BETTER, change={"days": noisy}))
    assert not findings["fairness floor"].passed
    assert findings["fairness floor"].sentence.startswith("late is not shown to be unharmed (+0.0")


def test_a_loss_that_may_be_chance_is_not_called_significant() -> None:
    finding = judged(Run(gain={**BETTER, "late": 0.01}, noise=0.06, luck=0.0))["fairness floor"]
    late = next(each for each in finding.measures if each.name == "late")
    assert (late.value or 0) < 0 < (late.high or 0)
    assert "late is not shown to be unharmed (-0.0" in finding.sentence


def test_everybody_who_is_harmed_is_named() -> None:
    sentence = judged(Run(gain={"early": 0.5, "late": -0.1, "newcomer": -0.1}))["fairness floor"].sentence
    assert "late is significantly worse" in sentence
    assert "newcomer is significantly worse" in sentence
    assert "early" not in sentence


def test_a_loss_within_the_margin_passes_and_is_told() -> None:
    finding = judged(Run(gain={**BETTER, "late": -0.01}, noise=0.002))["fairness floor"]
    assert finding.passed
    assert finding.sentence.endswith("; less than that is lost by late")
    assert "the lowest bound is that of late" in finding.sentence


@pytest.mark.parametrize(("loss", "passed"), [(0.019, True), (0.0201, False)])
def test_the_margin_is_a_loss_and_its_bound_decides(loss: float, passed: bool) -> None:  # noqa: FBT001
    run = Run(gain={**BETTER, "early": -loss}, noise=1e-5)
    assert judged(run)["fairness floor"].passed is passed
    assert judged(run, margin=0.03)["fairness floor"].passed


def test_the_bounds_of_harm_are_one_sided_at_the_level_of_the_look() -> None:
    first, second = (judged(Run(gain=BETTER), number)["fairness floor"].measures[0] for number in (1, 2))
    assert first.confidence == pytest.approx(1 - 2 * 0.025)
    assert second.confidence == pytest.approx(1 - 2 * 0.05 / 6)
    assert (first.low or 0) > (second.low or 0)
    assert first.threshold == -0.02


def test_users_without_a_profile_must_not_be_worse() -> None:
    findings = judged(Run(gain={**everywhere(0.1), "newcomer": -0.06}))
    assert findings["cold users"].sentence.startswith("everybody without a profile is significantly worse")
    assert [each.passed for each in findings["cold users"].measures] == [True, False]


def test_everybodys_first_days_must_not_be_worse() -> None:
    def slow_start(row: dict[str, Any]) -> dict[str, Any]:
        early = row["player"] == CANDIDATE and row["day"] < 3
        return row | {"expected": row["expected"] - 8} if early else row

    run = Run(days=30, seeds=20, gain=BETTER, change={"days": slow_start})
    findings = judged(run)
    assert findings["advantage"].passed
    assert findings["fairness floor"].passed
    assert findings["cold users"].sentence.startswith("everybody in the first 3 days is significantly worse (-0.15")
    assert judged(run, cold_days=30)["cold users"].passed


def test_the_fourth_day_is_no_longer_cold() -> None:
    def later(row: dict[str, Any]) -> dict[str, Any]:
        return row | {"expected": row["expected"] - 8} if row["player"] == CANDIDATE and row["day"] >= 3 else row

    findings = judged(Run(gain=BETTER, change={"days": later}))
    assert findings["cold users"].measures[0].passed
    assert not findings["fairness floor"].passed


def test_without_users_who_have_no_profile_nothing_is_shown_of_them() -> None:
    finding = judged(Run(gain=BETTER, personas=("early", "late")))["cold users"]
    assert not finding.passed
    assert finding.sentence == "the run has no users without a profile"


def test_too_few_seeds_are_held() -> None:
    run = Run(gain=BETTER, seeds=19)
    assert failed(run) == ["coverage"]
    assert failed(run, least_seeds=19) == []
    assert judged(run)["coverage"].sentence == "the run has 19 seeds, at least 20 are needed"


def test_one_seed_shows_nothing_and_breaks_nothing() -> None:
    findings = judged(Run(gain=BETTER, seeds=1))
    assert {"advantage", "fairness floor", "cold users", "coverage"} <= {
        name for name, finding in findings.items() if not finding.passed
    }
    assert "unbounded" in findings["advantage"].sentence
    assert findings["advantage"].measures[0].low is None


def test_a_persona_that_is_left_out_is_named() -> None:
    finding = judged(Run(gain=BETTER), personas=("absent", *PERSONAS))["coverage"]
    assert not finding.passed
    assert finding.sentence.endswith("it leaves out absent")
    assert judged(Run(gain=BETTER), personas=PERSONAS)["coverage"].passed


def test_a_rewarding_accident_cannot_hide_a_number_that_is_none() -> None:
    run = Run(gain=BETTER, change={"days": of(CANDIDATE, expected=math.nan)})
    findings = judged(run)
    assert not findings["advantage"].passed
    assert not findings["fairness floor"].passed
    assert not findings["cold users"].passed
    assert "no number" in findings["advantage"].sentence


def test_wrong_criteria_are_refused_with_every_field_named() -> None:
    with pytest.raises(ValueError, match="criteria: ") as caught:
        Criteria(alpha=0.0, harm_alpha=1.0, margin=-0.1, cold_days=0, least_seeds=1, place_tolerance=math.inf)
    for name in ("alpha", "harm_alpha", "margin", "cold_days", "least_seeds", "place_tolerance"):
        assert f"{name} must" in str(caught.value)
    assert "false_alarm" not in str(caught.value)
