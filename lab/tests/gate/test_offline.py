"""The second eye on logs of which the truth is known, its counting of tests, and what it refuses."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from tests.evaluation.logged import Life, connected, heard, lived

from tipbandit.policies.registry import POLICIES
from tipbandit_lab import lake
from tipbandit_lab.evaluation import evaluating, shadows
from tipbandit_lab.evaluation.checks import Limits
from tipbandit_lab.gate.logged import Logged, LoggedCriteria
from tipbandit_lab.gate.offline import Source, digest, looked
from tipbandit_lab.prior import naming

WILD = replace(POLICIES["egreedy/v1"], key="wild/v1", epsilon=0.9)
TAME = replace(POLICIES["egreedy/v1"], key="tame/v1", epsilon=0.05)
ANYTIME = LoggedCriteria(bound="anytime")
EVERYBODY = MappingProxyType({**POLICIES, WILD.key: WILD, TAME.key: TAME})


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (evaluating, naming, shadows):
        monkeypatch.setattr(module, "POLICIES", EVERYBODY)


@pytest.fixture(scope="module")
def explored() -> Life:
    """A log by the wild one, which says much about all others."""
    return lived(WILD, users=60, moments=40, seed=3)


@pytest.fixture
def see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function of many options
    """Return how to let the gate's second eye see a log."""

    def seen(life: Life, candidate: str, incumbent: str, **source: Any) -> Logged:  # noqa: ANN401 - of any field
        signals = source.pop("signals", ())
        monkeypatch.setattr(lake, "connect", lambda _: connected(life, signals))
        where = Source(lake="anywhere", **source)
        return looked(where, candidate, incumbent, directory=tmp_path / "decisions", effect=0.1)

    return seen


def truth(life: Life, one: str, other: str) -> float:
    """Return how much more one policy is truly worth than the other at the decisions of a log."""
    targets = []
    for policy in (one, other):
        signals = {each["decision_id"]: each for each in heard(life, EVERYBODY[policy])}
        for row, worth in zip(life.decisions, life.worth, strict=True):
            chances = {each["tip_id"]: each["propensity"] for each in signals[row["decision_id"]]["ranking"]}
            targets.append(float(np.array([chances[tip] for tip in row["candidates"]["tip_id"]]) @ worth))
    n = len(life.decisions)
    return float(np.mean(targets[:n]) - np.mean(targets[n:]))


def test_who_is_truly_better_passes_and_who_is_truly_worse_is_found_to_be(explored: Life, see: Any) -> None:  # noqa: ANN401
    gain = truth(explored, "tame/v1", "wild/v1")
    assert gain > 0.1
    for criteria in (LoggedCriteria(), ANYTIME):
        better = see(explored, "tame/v1", "wild/v1", criteria=criteria)
        (measure,) = better.findings[-1].measures
        assert (better.outcome, better.passed) == ("better", True)
        assert measure.low < gain < measure.high
    worse = see(explored, "wild/v1", "tame/v1")
    assert (worse.outcome, worse.passed) == ("worse", False)
    assert "wild/v1 earns less than tame/v1" in worse.sentence


@pytest.mark.slow
def test_its_shadow_passes_too_and_says_so(explored: Life, see: Any) -> None:  # noqa: ANN401 - a fixture's function
    signals = heard(explored, TAME)
    found = see(explored, "tame/v1", "wild/v1", shadow="tame-v1-shadow", signals=signals)
    assert (found.outcome, found.shadow) == ("better", "tame-v1-shadow")
    assert found.evaluation["candidate"] == "shadow:tame-v1-shadow"
    assert "shadow" in [each.criterion for each in found.findings]
    same = see(explored, "tame/v1", "wild/v1", shadow="shadow:tame-v1-shadow", signals=signals)
    assert same.look == found.look
    with pytest.raises(ValueError, match="shadow:tame-v1-shadow asks tame/v1, it says nothing of linucb/v1"):
        see(explored, "linucb/v1", "wild/v1", shadow="tame-v1-shadow", signals=signals)


@pytest.mark.slow
def test_where_nothing_is_to_be_gained_nothing_passes(see: Any) -> None:  # noqa: ANN401 - a fixture's function
    """20 logs whose rewards are coins: all policies are worth 0, and one in eighty may pass at the first look."""
    outcomes = []
    for seed in range(20):
        life = lived(WILD, users=25, moments=12, seed=100 + seed)
        coins = np.random.default_rng(seed).choice([-1.0, 1.0], size=len(life.rewards))
        # what the wild one learned from other rewards is not what it logged: it is taken at its word all the same
        shown = [{**row, "state_ver": None} for row in life.decisions]
        rewards = [{**row, "reward": float(coin)} for row, coin in zip(life.rewards, coins, strict=True)]
        limits = Limits(effective=20.0, heaviest=0.5)
        found = see(Life(shown, rewards, life.worth), "tame/v1", "wild/v1", criteria=LoggedCriteria(limits=limits))
        outcomes.append(found.outcome)
    assert outcomes.count("better") <= 1
    assert outcomes.count("unclear") >= 15


def test_a_log_that_supports_nothing_is_refused_with_its_reasons(see: Any) -> None:  # noqa: ANN401
    found = see(lived(users=5, moments=4), "linucb/v1", "egreedy/v1")
    assert (found.outcome, found.passed) == ("refused", False)
    assert "there are 20 rounds, and 200 are needed" in found.sentence
    assert found.needs is not None
    assert found.needs.number >= 200


@pytest.mark.slow
def test_the_resamples_reach_into_the_tail_and_no_farther(explored: Life, see: Any) -> None:  # noqa: ANN401
    asked: list[dict[str, Any]] = []

    def evaluate(*names: Any, **options: Any) -> Any:  # noqa: ANN401 - as what it stands for
        asked.append(options)
        return evaluating.evaluate_policies(*names, **{**options, "resamples": 50})

    for look in (1, 6, 7):
        found = see(explored, "tame/v1", "wild/v1", look=look, evaluate=evaluate)
        assert asked[-1]["alpha"] == pytest.approx(0.05 / (look * (look + 1)))
    assert [each["resamples"] for each in asked] == [2_000, 33_600, 40_000]
    assert found.outcome == "refused"
    assert "look 7 leaves an error of 0.00045, too rare for a bootstrap: --bound anytime" in found.sentence
    rare = see(explored, "tame/v1", "wild/v1", look=7, criteria=ANYTIME, evaluate=evaluate)
    assert rare.outcome != "refused"


def name(life: Life, candidate: str = "tame/v1", **source: Any) -> str:  # noqa: ANN401 - of any field
    with connected(life) as connection:
        return digest(connection, Source(lake="anywhere", **source), candidate, "wild/v1")


def shortened(life: Life, first: int = 0, last: int | None = None) -> Life:
    kept = sorted(life.decisions, key=lambda row: row["at"])[first:last]
    ids = {row["decision_id"] for row in kept}
    return Life(kept, [row for row in life.rewards if row["decision_id"] in ids], [])


def test_a_fixed_bound_on_other_numbers_is_another_test_and_on_the_same_the_same(explored: Life) -> None:
    other = [{**row, "reward": -row["reward"]} if place == 7 else row for place, row in enumerate(explored.rewards)]
    names = [
        name(explored),
        name(shortened(explored, last=-1)),
        name(Life(explored.decisions, other, [])),
        name(explored, "linucb/v1"),
        name(explored, unrewarded="ignored"),
        name(explored, shadow="tame-v1-shadow"),
        name(explored, days=(date(2026, 1, 7), date(2026, 1, 9))),
        name(explored, criteria=ANYTIME),
    ]
    assert len({*names}) == len(names)
    backwards = Life(explored.decisions[::-1], explored.rewards[::-1], [])
    assert names[0] == name(backwards) == name(explored, criteria=LoggedCriteria(margin=0.1))
    assert name(explored, days=(date(2025, 1, 1), date(2027, 1, 1))) == names[0]


def test_a_bound_that_holds_at_all_times_is_one_test_however_the_log_grows(explored: Life) -> None:
    anytime: dict[str, Any] = {"criteria": ANYTIME}
    assert name(explored, **anytime) == name(shortened(explored, last=-100), **anytime)
    late = shortened(explored, first=1_000)
    assert name(late, **anytime) != name(explored, **anytime)
    assert name(explored, days=(date(2026, 1, 7), date(2026, 1, 9)), **anytime) == name(
        explored, days=(date(2026, 1, 7), date(2026, 1, 20)), **anytime
    )


def test_a_changed_candidate_under_its_name_is_another_test(explored: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    before = name(explored), name(explored, criteria=ANYTIME)
    monkeypatch.setattr(naming, "POLICIES", {**EVERYBODY, TAME.key: replace(TAME, epsilon=0.06)})
    assert name(explored) != before[0]
    assert name(explored, criteria=ANYTIME) != before[1]


def test_a_lake_that_is_not_there_is_found_before_anything_is_played(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        Source(lake=str(tmp_path / "nowhere")).check()
