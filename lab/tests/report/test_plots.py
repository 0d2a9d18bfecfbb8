"""What the plots say is what was measured."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from tests.gate.synthetic import CANDIDATE, INCUMBENT, PERSONAS, Run, of
from tests.report.decisions import BETTER, EVERYBODY, MOMENTS, WORSE, Decision, decision

from tipbandit_lab.gate.evidence import Weights
from tipbandit_lab.gate.statistics import student
from tipbandit_lab.report.calibration import calibration
from tipbandit_lab.report.curves import curves
from tipbandit_lab.report.daily import daily
from tipbandit_lab.report.exploration import exploration
from tipbandit_lab.report.forest import forest
from tipbandit_lab.report.palette import lines
from tipbandit_lab.report.plot import Plot, band
from tipbandit_lab.report.regret import regret
from tipbandit_lab.report.weights import pooled, weights

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def made() -> Decision:
    return decision(Run(levels=EVERYBODY, gain=BETTER, noise=0.03))


@pytest.fixture(scope="module")
def held() -> Decision:
    return decision(Run(levels=EVERYBODY, gain=WORSE, noise=0.03))


@pytest.fixture(scope="module")
def mixed() -> Decision:
    return decision(Run(levels=EVERYBODY, gain={"early": 0.05, "late": 0.0, "newcomer": -0.05}, noise=0.03))


def numbers(cell: str) -> list[float]:
    """Return the numbers in a cell."""
    return [float(each) for each in re.findall(r"[-+]?\d+(?:\.\d+)?", cell.replace(MINUS, "-").replace(",", ""))]


def column(plot: Plot, place: int) -> list[list[float]]:
    """Return the numbers in one column of a plot's table."""
    return [numbers(row[place]) for row in plot.table.rows]


def near(found: Sequence[float], expected: Sequence[float], digits: int) -> None:
    """Check numbers that were rounded to so many digits."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.5001 * 10.0**-digits)


def test_the_curves_are_each_players_reward_by_day_with_its_interval(made: Decision) -> None:
    plot = curves(made.evidence)
    for place in range(len(made.evidence.players)):
        for day, (mean, half) in enumerate(column(plot, place + 1)):
            interval = student(made.evidence.expected[place, :, :, day].mean(axis=0), 0.05)
            near([mean, half], [interval.mean, interval.high - interval.mean], 4)
    assert plot.table.columns == ("day", "candidate", "incumbent", "oracle", "popular", "random", "urgent")
    assert [row[0] for row in plot.table.rows] == [str(day + 1) for day in made.evidence.days]


def test_the_curves_say_how_far_each_of_the_two_has_come(made: Decision) -> None:
    mean = made.evidence.expected.mean(axis=(1, 2, 3))  # fewer than seven days: the late ones are all
    oracle, random = (mean[made.evidence.players.index(name)] for name in ("oracle", "random"))
    reached = [f"{100 * (mean[place] - random) / (oracle - random):.0f} %" for place in (0, 1)]
    assert f"{reached[0]} and {reached[1]} of the way" in curves(made.evidence).takeaway
    assert f"earns {mean[0]:.4f} a decision and the incumbent {mean[1]:.4f}" in curves(made.evidence).takeaway


def test_the_advantage_by_day_is_the_paired_difference(made: Decision, held: Decision) -> None:
    plot = daily(made.record, made.evidence)
    for day, row in enumerate(plot.table.rows):
        interval = student(made.evidence.differences[:, :, day].mean(axis=0), 0.05)
        near(numbers(row[1]) + numbers(row[2]), [interval.mean, interval.low, interval.high], 4)
    days = len(made.evidence.days)
    assert f"ahead on {days} of {days} days and behind on 0" in plot.takeaway
    assert f"ahead on 0 of {days} days and behind on {days}" in daily(held.record, held.evidence).takeaway


def test_the_advantage_by_day_counts_the_days_that_chance_does_not_explain(mixed: Decision) -> None:
    days = [student(x, 0.05) for x in mixed.evidence.differences.mean(axis=0).T]
    ahead, behind = sum(each.low > 0 for each in days), sum(each.high < 0 for each in days)
    assert sum(each.high > 0 for each in days) > ahead
    assert sum(each.low < 0 for each in days) > behind
    said = f"ahead on {ahead} of {len(days)} days and behind on {behind};"
    assert said in daily(mixed.record, mixed.evidence).takeaway


def test_the_regret_is_summed_over_the_decisions_of_one_user(made: Decision) -> None:
    plot = regret(made.record, made.evidence)
    oracle = made.evidence.expected[made.evidence.players.index("oracle")]
    for group, row in enumerate(plot.table.rows):
        missed = [MOMENTS * (oracle - made.evidence.expected[place])[group].sum(axis=-1) for place in (0, 1)]
        for cell, x in zip(row[1:], (*missed, missed[0] - missed[1]), strict=True):
            interval = student(x, 0.05)
            near(numbers(cell), [interval.mean, interval.high - interval.mean], 2)
    assert [row[0] for row in plot.table.rows] == list(made.evidence.personas)


def test_the_regret_says_for_how_many_personas_less_was_missed(made: Decision, held: Decision) -> None:
    assert f"for {len(PERSONAS)} of {len(PERSONAS)} personas, {MINUS}" in regret(made.record, made.evidence).takeaway
    assert f"for 0 of {len(PERSONAS)} personas, +" in regret(held.record, held.evidence).takeaway


def test_the_forest_shows_every_interval_the_gate_decided_by(made: Decision) -> None:
    measures = [each for found in made.record.findings[:3] for each in found.measures]
    plot = forest(made.record)
    assert [row[0] for row in plot.table.rows[:-1]] == ["everybody", *(each.name for each in measures[1:])]
    for row, each in zip(plot.table.rows, (*measures, made.record.bootstrap), strict=True):
        assert each.value is not None
        assert each.low is not None
        assert each.high is not None
        near(numbers(row[1]) + numbers(row[2]), [each.value, each.low, each.high], 4)
    assert len(re.findall(f"{MINUS}0.02", plot.how)) == 1


def test_the_forest_says_who_gains_and_who_loses(made: Decision, held: Decision) -> None:
    groups = len(PERSONAS) + 2
    assert f"of {groups} groups it is significantly better for {groups}" in forest(made.record).takeaway
    assert "significantly worse for none" in forest(made.record).takeaway
    worse = forest(held.record)
    assert "significantly better for 0" in worse.takeaway
    assert "significantly worse for early, late, newcomer, everybody in" in worse.takeaway
    assert {row[-1] for row in worse.table.rows[:-1]} == {"failed"}


def test_the_forest_counts_no_group_that_chance_explains(mixed: Decision) -> None:
    takeaway = forest(mixed.record).takeaway
    assert "of 5 groups it is significantly better for 1," in takeaway
    assert takeaway.endswith("significantly worse for newcomer and everybody without a profile.")


def test_the_exploration_is_the_share_of_each_day(made: Decision) -> None:
    plot = exploration(made.evidence)
    for place in (0, 1):
        near([100 * x for x in made.evidence.exploration[place]], [x for (x,) in column(plot, place + 1)], 2)
    assert "goes from 20.0 % to 7.5 %" in plot.takeaway


def test_the_calibration_sets_what_was_shown_against_what_was_stated(made: Decision) -> None:
    plot = calibration(made.evidence)
    found = made.evidence.calibration
    rows = iter(plot.table.rows)
    for who, player in (("candidate", 0), ("incumbent", 1)):
        for place in np.flatnonzero(found.candidates[player].sum(axis=0)):
            pairs, stated, shown, variance = (
                each[player, :, place].sum()
                for each in (found.candidates, found.propensity, found.shown, found.variance)
            )
            row = next(rows)
            assert row[1:3] == (who, f"{pairs:,.0f}")
            near(numbers(row[3]) + numbers(row[4]), [100 * stated / pairs, 100 * shown / pairs], 2)
            near(numbers(row[5]) + numbers(row[6]), [100 * (shown - stated) / pairs, 196 * variance**0.5 / pairs], 3)
    assert [row[0] for row in plot.table.rows] == ["0 to 5 %", "90 to 95 %"] * 2


def test_the_calibration_counts_the_bins_that_chance_does_not_explain(made: Decision) -> None:
    run = Run(change={"calibration": of(CANDIDATE, shown=0)})
    untrue = calibration(decision(run).evidence).takeaway
    assert "0 of 2 bins lie outside" in calibration(made.evidence).takeaway
    assert "2 of 2 bins lie outside" in untrue
    assert "91.00 percentage points at most (where 91.0 % was stated)" in untrue


def test_weights_are_means_and_deviations_over_all_users_of_all_personas() -> None:
    nobody = np.nan
    learned = Weights(
        ("a", "b", "c"),
        np.array([[1.0, 4.0, nobody], [3.0, nobody, nobody]]),
        np.array([[2.0, 0.5, nobody], [4.0, nobody, nobody]]),
    )
    found = pooled(learned)
    assert set(found) == {"a", "b"}  # nobody has learned c
    assert found["a"].mean == 2.0
    assert found["a"].deviation == pytest.approx((10 + 1) ** 0.5)  # mean variance 10, variance of the means 1
    assert (found["b"].mean, found["b"].deviation) == (4.0, 0.5)


def test_weights_stand_beside_each_other_and_one_without_them_has_none(made: Decision) -> None:
    plot = weights(made.evidence)
    assert plot is not None
    assert plot.table.rows == (
        ("bias", "0.500 ± 1.000", "0.500 ± 1.000"),
        ("urgency", f"{MINUS}1.000 ± 1.000", f"{MINUS}1.000 ± 1.000"),
    )
    assert f"the candidate's strongest weight is that of urgency ({MINUS}1.000)" in plot.takeaway.replace("The", "the")
    mute = weights(replace(made.evidence, weights={CANDIDATE: made.evidence.weights[CANDIDATE]}))
    assert mute is not None
    assert {row[2] for row in mute.table.rows} == {"\N{EN DASH}"}
    assert "incumbent" not in mute.takeaway
    assert weights(replace(made.evidence, weights={})) is None


def test_the_takeaways_change_with_the_data(made: Decision, held: Decision) -> None:
    pairs = [
        (curves(made.evidence), curves(held.evidence)),
        (daily(made.record, made.evidence), daily(held.record, held.evidence)),
        (regret(made.record, made.evidence), regret(held.record, held.evidence)),
        (forest(made.record), forest(held.record)),
    ]
    for one, other in pairs:
        assert one.takeaway != other.takeaway
        assert one.svg != other.svg


def test_a_band_from_one_seed_has_no_bounds() -> None:
    found = band(np.array([[0.25]]))
    assert found.mean.tolist() == [0.25]
    assert np.isnan(found.half).all()


def test_no_two_players_look_alike_without_colour() -> None:
    names = ("candidate", "incumbent", "oracle", "urgent", "popular", "random", "a/v1", "b/v1", "c/v1", INCUMBENT)
    looks = [(look.dash, look.marker) for look in lines(names).values()]
    assert len({dash for dash, _ in looks}) == len(names)
    assert len({marker for _, marker in looks}) == len(names)
