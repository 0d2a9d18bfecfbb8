"""The requests: which forms are taken, and that every wrong field is named."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.unit.strategies import candidates, contexts, identifiers, profiles
from tests.unit.wire import DECISION_ID, parts_body, refusals, score_body
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.contracts.reset import ResetRequest
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest
from tipbandit.contracts.stats import StatsRequest
from tipbandit.errors import InvalidFieldsError
from tipbandit.runtime.http import Request

_V4 = "919108f7-52d1-4320-9bac-f847db4148a8"
_PARTS = ("decision_id", "user_id", "context", "candidate")


def _named(body: dict[str, Any]) -> set[str]:
    """The fields a caller of /reward is told of."""
    try:
        Request({"body": json.dumps(body)}, 1.0).json(RewardRequest)
    except InvalidFieldsError as error:
        return {each.field for each in error.violations}
    return set()


@pytest.mark.parametrize(("count", "taken"), [(0, False), (1, True), (2, True), (200, True), (201, False)])
def test_a_request_has_1_to_200_candidates(count: int, taken: bool) -> None:  # noqa: FBT001
    body = score_body(candidates=[{"tip_id": str(index)} for index in range(count)])
    assert set(refusals(ScoreRequest, body)) == (set() if taken else {"candidates"})


def test_a_hundred_thousand_candidates_are_one_wrong_field() -> None:
    assert set(refusals(ScoreRequest, score_body(candidates=[0] * 100_000))) == {"candidates"}


@pytest.mark.parametrize("value", [None, {}, "t", 1, {"tip_id": "t"}], ids=str)
def test_candidates_are_a_list(value: object) -> None:
    assert set(refusals(ScoreRequest, score_body(candidates=value))) == {"candidates"}


@pytest.mark.parametrize("value", [None, [], "t", 1, True], ids=str)
def test_a_candidate_is_an_object(value: object) -> None:
    assert set(refusals(ScoreRequest, score_body(candidates=[value]))) == {"candidates.0"}


def test_two_candidates_with_one_tip_id_are_refused_by_their_places() -> None:
    body = score_body(candidates=[{"tip_id": "a"}, {"tip_id": "b"}, {"tip_id": "a", "priority": 1}])
    with pytest.raises(InvalidFieldsError, match="candidates: tip_id must be unique; candidates 0 and 2 share one"):
        Request({"body": json.dumps(body)}, 1.0).json(ScoreRequest)


def test_tip_ids_that_differ_in_case_are_two() -> None:
    assert refusals(ScoreRequest, score_body(candidates=[{"tip_id": "a"}, {"tip_id": "A"}])) == {}


@pytest.mark.parametrize(
    ("model", "body", "where"),
    [
        (ScoreRequest, score_body(extra=1), "extra"),
        (ScoreRequest, score_body(policy="linucb/v1"), "policy"),
        (ScoreRequest, score_body(context={"hour": 1, "weekday": 1, "minute": 5}), "context.minute"),
        (ScoreRequest, score_body(candidates=[{"tip_id": "t", "text": "Drink"}]), "candidates.0.text"),
        (ScoreRequest, score_body(profile_features={"age": 30}), "profile_features.age"),
        (RewardRequest, parts_body(extra=None), "extra"),
        (RewardRequest, {"decision": "x", "reward": 1, "propensity": 0.5}, "propensity"),
        (StatsRequest, {"user_id": "u", "policy": "linucb"}, "policy"),
        (ResetRequest, {"user_id": "u", "policies": []}, "policies"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_unknown_field_is_refused_by_name(model: type[BaseModel], body: dict[str, Any], where: str) -> None:
    assert refusals(model, body) == {where: "extra_forbidden"}


def test_every_wrong_field_is_named_at_once() -> None:
    body = {
        "context": {"hour": 24, "weekday": "Monday"},
        "candidates": [{"tip_id": "a"}, {"tip_id": "", "priority": 2}, {"priority": True}],
        "profile_features": {"tips_30d": 1.5, "dismiss_rate": -1},
        "surplus": 1,
    }
    assert set(refusals(ScoreRequest, body)) == {
        "user_id",
        "context.hour",
        "context.weekday",
        "candidates.1.tip_id",
        "candidates.1.priority",
        "candidates.2.tip_id",
        "candidates.2.priority",
        "profile_features.tips_30d",
        "profile_features.dismiss_rate",
        "surplus",
    }


@pytest.mark.parametrize("value", [None, {}])
def test_a_profile_may_be_absent_or_empty(value: object) -> None:
    assert refusals(ScoreRequest, score_body(profile_features=value)) == {}


@pytest.mark.parametrize("value", [[], "x", 1, True, [1]], ids=str)
def test_a_profile_of_a_wrong_type_is_refused(value: object) -> None:
    assert set(refusals(ScoreRequest, score_body(profile_features=value))) == {"profile_features"}


@given(
    identifiers,
    contexts(),
    st.lists(candidates(identifiers), min_size=1, max_size=3, unique_by=lambda it: it.tip_id),
    st.none() | profiles(),
)
def test_every_legal_request_is_taken_and_kept_to_the_last_bit(
    user_id: str, context: Context, tips: list[Candidate], profile: ProfileFeatures | None
) -> None:
    request = ScoreRequest(user_id=user_id, context=context, candidates=tips, profile_features=profile)
    assert ScoreRequest.model_validate_json(request.model_dump_json()) == request


def test_a_request_can_not_be_changed() -> None:
    request = ResetRequest(user_id="u")
    with pytest.raises(ValueError, match="frozen"):
        request.user_id = "v"


@pytest.mark.parametrize(
    "body",
    [
        {"decision": "token", "reward": 0.5},
        {"decision": "token", "reaction": "completed"},
        {"decision": "token", "reaction": "snoozed", "reward": None, "user_id": None},
        parts_body(),
        parts_body(reward=None, reaction="ignored"),
        parts_body(profile_features={"completion_rate": 0.5}),
        parts_body(decision_id=DECISION_ID.upper()),
    ],
)
def test_both_forms_of_a_reward_are_taken(body: dict[str, Any]) -> None:
    assert _named(body) == set()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"decision", "reward"}),
        ({"reward": 1}, {"decision"}),
        ({"decision": None, "reward": 1}, {"decision"}),
        ({"decision": "token"}, {"reward"}),
        ({"decision": "token", "reward": 1, "reaction": "completed"}, {"reward", "reaction"}),
        ({"decision": "token", "reward": 0, "reaction": "completed"}, {"reward", "reaction"}),
        ({"decision": "", "reward": 1}, {"decision"}),
        ({"decision": "x" * 4_097, "reward": 1}, {"decision"}),
        ({"decision": 7, "reward": 1}, {"decision"}),
        ({"decision": "token", "reaction": "liked"}, {"reaction"}),
        ({"decision": "token", "reaction": "Completed"}, {"reaction"}),
        ({"decision": "token", "reaction": True}, {"reaction"}),
        ({"decision": "token", "reward": 1, "user_id": "u"}, {"user_id"}),
        ({"decision": "token", **parts_body()}, {*_PARTS}),
        ({"decision": "token", "reward": 1, "profile_features": {}}, {"profile_features"}),
        ({"profile_features": {}, "reward": 1}, {"decision"}),
        ({"decision_id": DECISION_ID, "reward": 1}, {"user_id", "context", "candidate"}),
        ({"user_id": "u"}, {"decision_id", "context", "candidate", "reward"}),
        (parts_body(decision_id=_V4), {"decision_id"}),
        (parts_body(decision_id="nope"), {"decision_id"}),
        (parts_body(decision_id=7), {"decision_id"}),
        (parts_body(candidate={"tip_id": "t", "priority": 3}), {"candidate.priority"}),
    ],
)
def test_any_other_reward_is_refused_by_its_fields(body: dict[str, Any], named: set[str]) -> None:
    assert _named(body) == named
