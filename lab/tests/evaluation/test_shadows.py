"""Shadows are evaluated by what they said: without a replay, with the same checks and refusals."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel
from tests.evaluation.logged import Life, connected, heard, lived
from tests.lake import events

from tipbandit.contracts.score import Ranked
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.evaluation.checks import Limits
from tipbandit_lab.evaluation.evaluating import evaluate_policies
from tipbandit_lab.evaluation.record import Evaluation
from tipbandit_lab.lake import connect

ANY = Limits(rounds=1, groups=2, effective=1.0, heaviest=1.0)
NAME = "shadow:linucb-v1-shadow"


def evaluated(life: Life, signals: list[dict[str, Any]], candidate: str = NAME, **more: Any) -> Evaluation:  # noqa: ANN401
    with connected(life, signals) as connection:
        return evaluate_policies(connection, candidate, "egreedy/v1", resamples=200, **{"limits": ANY, **more})


def test_a_shadow_that_says_what_a_replay_finds_is_worth_the_same() -> None:
    """Its signals are the replay's own probabilities, best first: only the way to the numbers differs."""
    life = lived(users=30, moments=20)
    by_replay = evaluated(life, [], "linucb/v1")
    by_word = evaluated(life, heard(life, POLICIES["linucb/v1"]))
    assert by_replay.verdict.valid
    assert by_word.verdict.valid
    for ours, theirs in zip(by_word.estimates, by_replay.estimates, strict=True):
        assert ours.advantage.estimate == pytest.approx(theirs.advantage.estimate, abs=1e-9)
        assert ours.advantage.low == pytest.approx(theirs.advantage.low, abs=1e-9)
    assert by_word.lower_bound == pytest.approx(by_replay.lower_bound)
    assert by_word.candidate == NAME
    assert by_word.shadow is not None
    assert (by_word.shadow.policy, by_word.shadow.asked, by_word.shadow.answered) == ("linucb/v1", 600, 600)
    assert by_replay.shadow is None


def test_only_the_decisions_of_its_time_count_for_a_shadow() -> None:
    life = lived(users=30, moments=20)
    signals = heard(life, POLICIES["linucb/v1"])
    at = {row["decision_id"]: row["at"] for row in life.decisions}
    late = [each for each in signals if at[each["decision_id"]] >= "2026-01-08"]
    found = evaluated(life, late)
    assert found.verdict.valid
    assert found.rounds == len(late) < len(signals)
    assert found.first_day == "2026-01-08"
    assert found.left_out == {}
    ids = {each["decision_id"] for each in late}
    ips = found.of("IPS")
    assert ips is not None
    assert ips.incumbent.estimate == pytest.approx(
        np.mean([row["reward"] for row in life.rewards if row["decision_id"] in ids])
    )


def silent(signals: list[dict[str, Any]]) -> None:
    del signals[1::30]


def failing(signals: list[dict[str, Any]]) -> None:
    for each in signals[1::30]:
        each.update(error="deadline", ranking=[])


def elsewhere(signals: list[dict[str, Any]]) -> None:
    for each in signals[1::30]:
        each["ranking"][0]["tip_id"] = "another"


def doubled(signals: list[dict[str, Any]]) -> None:
    for each in signals[1::30]:
        each["ranking"][0]["tip_id"] = each["ranking"][1]["tip_id"]


def no_chances(signals: list[dict[str, Any]]) -> None:
    for each in signals[1::30]:
        each["ranking"][0]["propensity"] = None


def no_sum(signals: list[dict[str, Any]]) -> None:
    for each in signals[1::30]:
        each["ranking"][0]["propensity"] += 0.2


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (silent, "there is no signal of the shadow"),
        (failing, "the shadow gave no answer"),
        (elsewhere, "the shadow ranked other candidates"),
        (doubled, "the shadow's propensities are none"),
        (no_chances, "the shadow's propensities are none"),
        (no_sum, "the shadow's propensities are none"),
    ],
)
def test_a_shadow_that_fell_silent_too_often_gets_no_number(
    harm: Callable[[list[dict[str, Any]]], None], reason: str
) -> None:
    """3.3 % of its answers are missing, and 1 % may be: it may have been silent where it mattered."""
    life = lived(users=30, moments=20)
    signals = heard(life, POLICIES["linucb/v1"])
    harm(signals)
    found = evaluated(life, signals)
    assert found.verdict.reasons == (f"of 3.3% of the decisions {reason}",)
    assert found.left_out == {reason: 20}
    assert (found.estimates, found.lower_bound) == ((), None)


def test_a_shadow_that_was_seldom_silent_is_evaluated_without_those_decisions() -> None:
    life = lived(users=30, moments=20)
    signals = heard(life, POLICIES["linucb/v1"])
    signals[100].update(error="nonsense", ranking=[])
    found = evaluated(life, signals)
    assert found.verdict.valid
    assert (found.rounds, found.left_out) == (599, {"the shadow gave no answer": 1})


def test_answers_without_the_users_state_are_counted() -> None:
    life = lived(users=30, moments=20)
    signals = heard(life, POLICIES["linucb/v1"])
    for each in signals[:7]:
        each["degraded"] = True
    shadow = evaluated(life, signals).shadow
    assert shadow is not None
    assert shadow.degraded == 7


def test_a_shadow_of_a_policy_that_is_not_registered_is_evaluated_all_the_same() -> None:
    life = lived(users=30, moments=20)
    signals = heard(life, POLICIES["linucb/v1"])
    for each in signals:
        each["policy"] = "elsewhere/v7"
    found = evaluated(life, signals)
    assert found.verdict.valid
    assert found.shadow is not None
    assert found.shadow.policy == "elsewhere/v7"


def test_a_shadow_that_shows_what_cannot_be_shown_gets_no_number() -> None:
    life = lived(users=30, moments=20)
    signals = heard(life, POLICIES["linucb/v1"])
    for row in life.decisions:
        best = int(np.argmax(row["propensities"]))
        row["propensities"] = [float(place == best) for place in range(4)]
        row["tip_id"], row["propensity"] = row["candidates"]["tip_id"][best], 1.0
    assert any("could not be shown" in reason for reason in evaluated(life, signals).verdict.reasons)


def test_a_shadow_that_is_not_there_is_named_with_those_that_are() -> None:
    life = lived(users=3, moments=4)
    signals = heard(life, POLICIES["linucb/v1"])
    with pytest.raises(ValueError, match="no signals of shadow:nobody; there are shadow:linucb-v1-shadow"):
        evaluated(life, signals, "shadow:nobody")
    with pytest.raises(ValueError, match="there are none of any shadow"):
        evaluated(life, [], "shadow:nobody")


def test_signals_of_one_name_and_several_policies_are_refused() -> None:
    life = lived(users=3, moments=4)
    signals = heard(life, POLICIES["linucb/v1"])
    signals[3]["policy"] = "linucb/v2"
    with pytest.raises(ValueError, match=r"are of several policies: linucb/v1, linucb/v2"):
        evaluated(life, signals)


def test_days_without_a_signal_have_no_decision_that_counts() -> None:
    life = lived(users=10, moments=4)
    signals = heard(life, POLICIES["linucb/v1"])
    life.rewards.clear()
    assert evaluated(life, signals).verdict.reasons == ("no decision has a reward",)


def test_a_shadow_is_read_from_a_lake_as_it_lies_there(tmp_path: Path) -> None:
    """30 decisions of the events' own contracts, one a second: the shadow always prefers what was seldom shown."""
    moments = [events.NOON + timedelta(seconds=number) for number in range(30)]
    ranking = tuple(Ranked(tip_id=tip, score=0.0, propensity=p) for tip, p in (("a", 0.8), ("c", 0.1), ("b", 0.1)))
    said = {"signal": NAME, "policy": "linucb/v1", "error": None, "ranking": ranking, "tip_id": "a", "degraded": False}
    lines: dict[str, list[BaseModel]] = {
        "decisions": [events.decision(n, at, user_id=f"user-{n % 6}") for n, at in enumerate(moments)],
        "rewards": [events.reward(n, at, user_id=f"user-{n % 6}", reward=(-1.0) ** n) for n, at in enumerate(moments)],
        "shadows": [events.signal(n, at, user_id=f"user-{n % 6}", **said) for n, at in enumerate(moments)],
    }
    for table, each in lines.items():
        events.lay(tmp_path, table, *events.logged(*each))
    with connect(tmp_path) as connection:
        found = evaluate_policies(connection, NAME, "linucb/v1", limits=ANY)
    assert found.shadow is not None
    assert (found.rounds, found.shadow.answered, found.shadow.policy) == (30, 30, "linucb/v1")
    assert found.overlap is not None
    assert found.overlap.largest == pytest.approx(0.1 / 0.8)
