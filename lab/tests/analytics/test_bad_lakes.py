"""Whatever is wrong with a lake has a clear answer: a number that the data support, or why there is none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.analytics.crowds import World
from tests.analytics.small import Decision, Shadow, Tip, lake, two

from tipbandit_lab.analytics.analysing import analyse
from tipbandit_lab.analytics.measures import Analysis, Measure, only
from tipbandit_lab.analytics.page import caveats, lead, render

CROWD = World(users=30, each=20)


def analysed(decisions: Sequence[Decision], **rest: int) -> Analysis:
    return analyse(lake(decisions, **rest))


def weighted(found: Analysis, name: str) -> Measure:
    return only(found.of("prompt_version", "weighted_reward")[name])


def versions(found: Analysis) -> Measure:
    (each,) = found.of("prompt_version", "advantage", compared=True)["v2"]
    return each


def test_a_lake_without_decisions_says_so() -> None:
    with pytest.raises(ValueError, match="there are no decisions"):
        analysed([])


def test_without_rewards_what_was_served_is_counted_and_nothing_else_is_said() -> None:
    found = analysed([two(0.5, user=f"u{k}") for k in range(30)])
    assert only(found.of("all", "served")["all"]).estimate == 30
    assert only(found.of("all", "coverage")["all"]).estimate == 0
    assert not found.of("all", "mean_reward")
    assert weighted(found, "v1").why_not == "no rewarded decision with valid propensities had candidates of it"
    assert lead(found) == "No decision has a reward yet: what was served is counted, and nothing else can be said."
    assert "No two prompt versions" not in render(found)


def test_rewards_that_are_all_equal_have_a_mean_and_no_interval() -> None:
    found = analysed([two(0.5, shown="ab"[k % 2], user=f"u{k % 29}", reward=1.0) for k in range(600)])
    mean = only(found.of("all", "mean_reward")["all"])
    assert (mean.estimate, mean.low, mean.high) == (1.0, None, None)
    assert mean.why_not == "no interval: all 600 are 1, which says nothing of how far they would vary"
    assert weighted(found, "v1").estimate is None
    assert versions(found).why_not == "all 300 are 1, which says nothing of how far they would vary"
    assert "The mean reward has no interval: all 600 are 1" in " ".join(caveats(found))


def test_a_version_that_was_shown_once_has_no_weighted_number() -> None:
    decisions = [two(0.99, user=f"u{k % 30}", reward=(-1.0, 1.0)[k % 2]) for k in range(400)]
    found = analysed([*decisions, two(0.99, shown="b", reward=1.0)])
    once = weighted(found, "v2")
    assert once.estimate is None
    assert "it was shown once" in (once.why_not or "")
    assert "100 is needed" in (once.why_not or "")
    assert versions(found).estimate is None


def test_a_version_that_was_never_shown_is_counted_and_says_that_nothing_overlaps() -> None:
    found = analysed([two(0.9, user=f"u{k % 30}", reward=(-1.0, 1.0)[k % 2]) for k in range(100)])
    assert only(found.of("prompt_version", "served")["v2"]).estimate == 0
    assert weighted(found, "v2").why_not == "none of it was shown in 100 decisions in which it could have been"


def test_few_users_have_a_mean_but_no_interval_and_no_weighted_number() -> None:
    found = analysed([two(0.5, shown="ab"[k % 2], user=f"u{k % 3}", reward=(k % 7) / 7) for k in range(600)])
    mean = only(found.of("all", "mean_reward")["all"])
    assert mean.estimate is not None
    assert mean.why_not == "no interval: of 3 users, and 20 are needed"
    assert weighted(found, "v1").why_not == "it was shown to 3 users, and 20 are needed to tell it from chance"


def test_a_user_without_a_reaction_is_served_and_counts_for_coverage_alone() -> None:
    crowd = [each for each in CROWD.decisions(3) if each.reward is not None]
    more = analysed([*crowd, *(two(0.5, user="silent") for _ in range(50))])
    less = analysed(crowd)
    mean = only(less.of("all", "mean_reward")["all"]).estimate
    assert only(more.of("all", "mean_reward")["all"]).estimate == pytest.approx(mean)
    assert only(more.of("all", "served")["all"]).users == 31
    coverage = only(more.of("all", "coverage")["all"]).estimate
    assert coverage == pytest.approx(len(crowd) / (len(crowd) + 50))


def test_decisions_without_propensity_are_left_out_and_counted_and_too_many_forbid_any_number() -> None:
    crowd = CROWD.decisions(4)
    broken = replace(two(0.5, reward=1.0), tips=(Tip(tip_id="a", propensity=None, version="v1"),))
    few, many = (analysed([*crowd, *([broken] * count)]) for count in (3, 300))
    assert few.facts.flaws == {"no propensity": 3}
    assert versions(few).estimate == versions(analysed(crowd)).estimate
    assert "3 rewarded decisions cannot be weighted by propensity: no propensity." in caveats(few)
    assert versions(many).estimate is None
    assert "of rewarded decisions cannot be weighted (at most 1% may be so; no propensity: 300)" in (
        versions(many).why_not or ""
    )
    assert only(many.of("prompt_version", "mean_reward")["v1"]).estimate is not None


@pytest.mark.parametrize(
    ("broken", "flaw"),
    [
        (replace(two(0.5), propensities=(0.5, 0.4)), "propensities that do not sum to 1"),
        (replace(two(0.5), propensities=(0.5, 0.5, 0.0)), "not one propensity a candidate"),
        (replace(two(0.5), propensities=(0.5, None)), "not one propensity a candidate"),
        (replace(two(0.5), propensity=0.3), "two propensities of the tip that was shown"),
        (replace(two(0.5), propensity=0.0), "no propensity"),
        (replace(two(0.5), propensity=float("nan")), "no propensity"),
        (replace(two(0.5), propensities=(float("nan"), 0.5)), "propensities that do not sum to 1"),
    ],
)
def test_every_flaw_has_its_name(broken: Decision, flaw: str) -> None:
    found = analysed([replace(broken, reward=1.0), two(0.5, reward=1.0)])
    assert found.facts.flaws == {flaw: 1}


def test_weights_that_explode_are_refused() -> None:
    crowd = CROWD.decisions(5)
    rare = two(1 - 1e-12, shown="b", user="u000", reward=1.0)
    found = analysed([*crowd, rare])
    assert "one decision has 100% of all weight" in (weighted(found, "v2").why_not or "")


def test_policies_that_served_different_users_are_not_compared() -> None:
    decisions = [
        two(0.5, shown="ab"[k % 2], user=f"u{k % 60}", policy=("A", "B")[k % 2], reward=(k % 7) / 7) for k in range(600)
    ]
    (pair,) = analysed(decisions).of("policy", "advantage", compared=True)["B"]
    assert pair.estimate is None
    assert pair.why_not == "different users: none has rewarded decisions of both on one day"


def test_a_shadow_that_never_answers_is_counted_and_has_no_value() -> None:
    crowd = [replace(each, shadows=(Shadow(error="deadline"),)) for each in CROWD.decisions(6)]
    found = analysed(crowd)
    counts = {name: only(found.of("shadow", name)["shadow:other"]).estimate for name in ("asked", "answered", "failed")}
    assert counts == {"asked": 600, "answered": 0, "failed": 600}
    value = only(found.of("shadow", "snips_reward")["shadow:other"])
    assert value.why_not == "no rewarded decision with valid propensities was answered"
    assert "None answered." in render(found)


def test_a_shadow_that_ranked_other_tips_has_no_value() -> None:
    other = (Shadow(target={"elsewhere": 1.0}),)
    found = analysed([*CROWD.decisions(7), *(two(0.5, reward=1.0, shadows=other) for _ in range(40))])
    value = only(found.of("shadow", "snips_reward")["shadow:other"])
    assert "answers have not one propensity a candidate, summing to 1" in (value.why_not or "")


def test_what_belongs_to_no_decision_and_rewards_that_are_none_are_left_out_and_said() -> None:
    decisions = [two(0.5, reward=0.5), two(0.5, reward=7.0), two(0.5, reward=float("nan"))]
    found = analysed(decisions, strays=2)
    assert (found.facts.strays, found.facts.impossible) == (2, 2)
    assert only(found.of("all", "mean_reward")["all"]).estimate == 0.5
    said = " ".join(caveats(found))
    assert "2 rewards of decisions that are not in the lake are left out." in said
    assert "2 rewards outside [\N{MINUS SIGN}1, 1] are left out." in said


def test_days_without_decisions_are_said() -> None:
    assert "3 days of the window have no decision." in caveats(analysed([two(0.5), two(0.5, day=4)]))
