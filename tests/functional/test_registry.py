"""A policy is one registry entry: nothing else knows which there are."""

from typing import Any, Final

import pytest

from tests.support.bodies import USER, rewarding, scoring
from tests.support.lambdas import Function
from tipbandit.features.schema import BASE_PROFILE, Feature, FeatureSet
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES

KEY: Final = "bold/v7"


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Policy:
    """A policy of an unheard-of name, registered and nothing more."""
    policy = Policy(key=KEY, feature_set=BASE_PROFILE, alpha=2.0, epsilon=0.25)
    monkeypatch.setitem(POLICIES, KEY, policy)
    return policy


@pytest.mark.usefixtures("added")
def test_a_registered_policy_decides_learns_reports_and_is_reset(
    score: Function, reward: Function, stats: Function, reset: Function
) -> None:
    decided = score.post(f"/score/{KEY}", scoring()).body
    assert (decided["policy"], len(decided["ranking"])) == (KEY, 3)

    outcome = {"decision": decided["decision"], "reaction": "completed"}
    assert reward.post(f"/reward/{KEY}", outcome).body == {"applied": True, "policy": KEY, "n": 1}

    (learned,) = stats.get(f"/stats/{KEY}", user_id=USER).body["policies"].values()
    assert (learned["n"], learned["alpha"], learned["epsilon"]) == (1, 2.0, 0.25)
    assert list(learned["theta"]) == list(BASE_PROFILE.names)
    assert KEY in stats.get("/stats", user_id=USER).body["policies"]

    assert KEY in reset.post("/reset", {"user_id": USER}).body["policies"]
    assert reward.post("/reward", outcome).code == "decision_before_reset"


@pytest.mark.usefixtures("added")
def test_its_version_must_be_named_where_it_is_not_v1(score: Function) -> None:
    refused = score.post("/score/bold", scoring())

    assert (refused.status, refused.code) == (404, "unknown_policy")
    assert KEY in refused.body["error"]["message"]


def test_a_policy_taken_out_of_the_registry_is_unknown_and_still_reset(
    monkeypatch: pytest.MonkeyPatch, score: Function, reward: Function, reset: Function
) -> None:
    reward.post("/reward/egreedy", rewarding())
    monkeypatch.delitem(POLICIES, "egreedy/v1")

    assert score.post("/score/egreedy", scoring()).status == 404
    assert "egreedy/v1" in reset.post("/reset", {"user_id": USER}).body["policies"]


def faulty(*_: object) -> Any:  # noqa: ANN401  it never returns
    raise RuntimeError("hour 8.5 of u-1 is no good: ZQXJ")


@pytest.fixture
def buggy(monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of a policy whose feature set has a bug."""
    feature = Feature(name="x", inputs=("hour",), formula="?", transform=faulty, low=0, high=1, meaning="a bug")
    policy = Policy(key="buggy/v1", feature_set=FeatureSet("buggy", (feature,)), epsilon=0.1)
    monkeypatch.setitem(POLICIES, policy.key, policy)
    return policy.key


def test_a_bug_is_answered_in_the_one_shape_counted_and_logged_without_its_words(
    buggy: str, score: Function, reward: Function
) -> None:
    for answer in (score.post(f"/score/{buggy}", scoring()), reward.post(f"/reward/{buggy}", rewarding())):
        (line,) = answer.logs
        assert (answer.status, answer.code, set(answer.body["error"])) == (500, "internal", {"code", "message"})
        assert answer.metric("Fault") == 1
        assert (line["level"], line["cause"]["type"], line["cause"]["says"]) == ("ERROR", "RuntimeError", None)
        assert any("faulty" in place for place in line["cause"]["at"])
        assert "ZQXJ" not in answer.printed + answer.result["body"]


def test_an_environment_goes_on_after_a_bug(buggy: str, score: Function) -> None:
    score.post(f"/score/{buggy}", scoring())

    assert score.post("/score", scoring()).status == 200
