"""Weights and sums, each computed by hand in the test's docstring."""

from dataclasses import replace

import pytest
from tests.analytics.small import Decision, Shadow, Tip, lake, two

from tipbandit_lab.analytics.cells import Cell, Key, cells
from tipbandit_lab.analytics.staging import CLUSTERS, stage


def found(decisions: list[Decision], relation: str, *, clusters: int = CLUSTERS) -> dict[Key, Cell]:
    connection = lake(decisions)
    return cells(connection, relation, stage(connection, clusters).clusters)


def whole(decisions: list[Decision], relation: str, name: str, other: str = "") -> Cell:
    return found(decisions, relation)[Key(name, other, None)]


THREE = (
    Tip(tip_id="a", propensity=0.5, version="v1"),
    Tip(tip_id="b", propensity=0.25, version="v1"),
    Tip(tip_id="c", propensity=0.25, version="v2"),
)


def test_a_version_earns_what_a_random_tip_of_it_earns() -> None:
    """v1 has two candidates a decision: weights 1/(2 * 0.5) = 1, 1/(2 * 0.25) = 2, and 0 where c was shown.

    Mean (1 * 1 + 2 * -1)/(1 + 2) = -1/3; effective size 3^2/(1 + 4) = 1.8; v2: 1/0.25 = 4, mean 0.5.
    """
    decisions = [
        Decision(tips=THREE, shown="a", reward=1.0),
        Decision(tips=THREE, shown="b", reward=-1.0),
        Decision(tips=THREE, shown="c", reward=0.5),
    ]
    v1, v2 = (whole(decisions, "version_rounds", name) for name in ("v1", "v2"))
    assert v1.mean == pytest.approx(-1 / 3, abs=1e-9)
    assert v1.effective == pytest.approx(1.8)
    assert (v1.count, v1.shown, v1.users) == (3, 2, 1)
    assert v2.mean == pytest.approx(0.5)
    assert (v2.largest, v2.possible) == (4.0, 4.0)


def test_a_decision_counts_once_however_many_candidates_a_version_has() -> None:
    """The user of many candidates is not heard louder: 5 of v1 at 0.1 each, shown with 0.5, weigh 1/(5 * 0.1) = 2.

    In the other decision its one candidate at 0.5 weighs 2 as well; so the mean of rewards 1 and -1 is 0.
    """
    many = (*(Tip(tip_id=f"m{k}", propensity=0.1, version="v1") for k in range(5)), replace(THREE[0], version="v2"))
    decisions = [Decision(tips=many, shown="m3", reward=1.0), two(0.5, reward=-1.0)]
    assert whole(decisions, "version_rounds", "v1").mean == pytest.approx(0.0, abs=1e-9)


def test_the_variance_of_weights_is_that_of_the_logged_probabilities() -> None:
    """v1 of THREE: (1/0.5 + 1/0.25)/4 - 1 = 0.5; v2: 1/0.25 - 1 = 3."""
    decisions = [Decision(tips=THREE, shown="a", reward=1.0)]
    assert whole(decisions, "version_rounds", "v1").variance == pytest.approx(0.5)
    assert whole(decisions, "version_rounds", "v2").variance == pytest.approx(3.0)


def test_candidates_that_could_not_be_shown_have_no_support() -> None:
    """Half of v1's candidates have probability 0: half of its target lies where the log has none."""
    tips = (
        *(replace(THREE[0], tip_id=name, propensity=p) for name, p in (("a", 0.4), ("b", 0.0))),
        Tip(tip_id="c", propensity=0.6, version="v2"),
    )
    cell = whole([Decision(tips=tips, shown="a", reward=1.0)], "version_rounds", "v1")
    assert cell.unsupported == pytest.approx(0.5)


def test_two_versions_are_compared_only_where_both_have_candidates() -> None:
    """The second decision has v1 alone, and is in no pair."""
    alone = Decision(tips=(Tip(tip_id="a", propensity=1.0, version="v1"),), shown="a", reward=-1.0)
    pairs = found([two(0.5, reward=1.0), two(0.5, shown="b", reward=0.5), alone], "version_pairs")
    assert pairs[Key("v1", "v2", None)].count == 2
    assert pairs[Key("v1", "v2", None)].mean == pytest.approx(1.0)
    assert pairs[Key("v2", "v1", None)].mean == pytest.approx(0.5)


def test_policies_are_compared_on_the_days_of_users_whom_both_served() -> None:
    """Ada's day: one of A (r = 1), three of B (0, 0, 0.6); Bob's: one each (A: 0, B: 1); Cy's is A's alone.

    Weights of A: 3/4 and 1/2, of B: 1/4 each and 1/2. A: (0.75 * 1 + 0.5 * 0)/1.25 = 0.6.
    B: (0.25 * 0.6 + 0.5 * 1)/1.25 = 0.52. Both sum to 1.25: every shared day has the same weight on both sides.
    """
    served = [("ada", "A", 1.0), ("ada", "B", 0.0), ("ada", "B", 0.0), ("ada", "B", 0.6)]
    served += [("bob", "A", 0.0), ("bob", "B", 1.0), ("cy", "A", -1.0)]
    pairs = found(
        [two(0.5, user=user, policy=policy, reward=reward) for user, policy, reward in served], "policy_pairs"
    )
    ours, theirs = pairs[Key("A", "B", None)], pairs[Key("B", "A", None)]
    assert ours.mean == pytest.approx(0.6)
    assert theirs.mean == pytest.approx(0.52)
    assert ours.weight.sum() == pytest.approx(theirs.weight.sum()) == pytest.approx(1.25)


def test_another_day_of_the_same_user_is_not_shared() -> None:
    decisions = [two(0.5, policy="A", reward=1.0), two(0.5, policy="B", day=1, reward=1.0)]
    assert not found(decisions, "policy_pairs")


def test_a_shadow_is_weighted_by_its_probability_over_the_logged_one() -> None:
    """Shown a at 0.8, then b at 0.2; the shadow gives them 0.4 and 0.6: weights 0.5 and 3.

    SNIPS (0.5 * 1 + 3 * -0.5)/3.5 = -2/7, IPS (0.5 - 1.5)/2 = -0.5.
    """
    shadow = (Shadow(target={"b": 0.6, "a": 0.4}),)
    decisions = [
        two(0.8, reward=1.0, shadows=shadow),
        two(0.8, shown="b", reward=-0.5, shadows=shadow),
        two(0.5, reward=1.0),
    ]
    cell = whole(decisions, "shadow_rounds", "shadow:other")
    assert cell.mean == pytest.approx(-2 / 7)
    assert replace(cell, weight=cell.rounds).mean == pytest.approx(-0.5)
    assert whole(decisions, "shown_beside", "shadow:other").mean == pytest.approx(0.25)
    assert whole(decisions, "agreement", "shadow:other").mean == pytest.approx(0.5)


def test_a_signal_that_asked_two_policies_is_taken_apart() -> None:
    shadows = [Shadow(policy=policy, target={"a": 1.0, "b": 0.0}) for policy in ("A", "B")]
    decisions = [two(0.5, reward=1.0, shadows=[each]) for each in shadows]
    assert {key.name for key in found(decisions, "agreement")} == {"shadow:other (A)", "shadow:other (B)"}


def test_days_are_those_of_the_decisions_and_add_up_to_all_of_them() -> None:
    decisions = [two(0.5, day=day, user=f"u{day % 3}", reward=day / 10) for day in range(6)]
    sums = found(decisions, "version_rounds")
    days = [cell for key, cell in sums.items() if key.day is not None and key.name == "v1"]
    assert len(days) == 6
    assert sum(each.gain.sum() for each in days) == pytest.approx(sums[Key("v1", "", None)].gain.sum())


def test_very_many_users_are_drawn_by_clusters_and_lose_nothing() -> None:
    decisions = [two(0.5, user=f"u{k}", reward=k / 100) for k in range(50)]
    few, many = (found(decisions, "rewarded", clusters=size)[Key("all", "all", None)] for size in (7, CLUSTERS))
    assert len(few.gain) <= 7
    assert len(many.gain) == 50
    assert few.mean == pytest.approx(many.mean)
    assert few.users == many.users == 50
