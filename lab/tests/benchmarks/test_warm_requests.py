"""What the functions are asked on the warm path is what they take."""

import json

import pytest

from benchmarks.warm_requests import CASES, GOAL, REMEMBERED, Case, event, learned, scoring
from tipbandit import codec
from tipbandit.contracts.score import ScoreRequest
from tipbandit.policies.registry import POLICIES


def test_the_cases_are_four_sizes_and_a_reward_for_each_of_two_dimensions() -> None:
    """K = 1, 10, 50, 200 and none; D = 7 and 12; the goal's is one of them."""
    assert {(case.arms, case.dim) for case in CASES} == {(arms, dim) for arms in (0, 1, 10, 50, 200) for dim in (7, 12)}
    assert GOAL in CASES
    assert GOAL.name == "/score K=50, D=12"


@pytest.mark.parametrize("arms", [1, 10, 50, 200])
def test_a_body_is_a_valid_request_with_so_many_candidates(arms: int) -> None:
    """The contract refuses what is wrong."""
    request = ScoreRequest.model_validate_json(json.dumps(scoring("user-1", arms)))
    assert len(request.candidates) == arms


def test_an_event_names_the_policy_and_holds_the_body_as_text() -> None:
    """As API Gateway sends it."""
    made = json.loads(event(Case("egreedy/v2", 10), scoring("user-1", 10)))
    assert made["pathParameters"] == {"policy": "egreedy", "version": "v2"}
    assert made["routeKey"] == "POST /score/{policy}/{version}"
    assert json.loads(made["body"]) == scoring("user-1", 10)
    assert made["isBase64Encoded"] is False


def test_users_have_learned_something_each_of_their_own_and_remember_some_decisions() -> None:
    """Else a state would be of another size than in use, and an id would be rewarded already."""
    policy, now_ms = POLICIES["egreedy/v2"], 1_790_000_000_000
    first, second = (learned(policy, seed, now_ms) for seed in (1, 2))
    assert first.blob is not None
    assert second.blob is not None
    one, other = (codec.decode(record, policy.feature_set) for record in (first.blob, second.blob))
    assert one.state.n == 200
    assert len(one.rewarded) == REMEMBERED
    assert not set(one.rewarded) & set(other.rewarded)
