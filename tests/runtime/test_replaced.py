"""Environments that die or freeze in the middle of a request, and the ones that take their place."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from local.environments import FunctionError
from tests.runtime.conftest import Environments
from tests.runtime.environment import Environment
from tests.runtime.stack import Stack
from tests.runtime.trouble import Trouble, Troubled, troubled
from tests.support.bodies import scoring
from tests.support.lambdas import Invocation
from tests.support.wire import silent

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runtime")]
TIMEOUT_S: Final = 6
"""Shorter than the template's, so that frozen ones are given up sooner."""
ATTEMPTS: Final = 5
EACH: Final = 2


@pytest.mark.parametrize(
    "troubles",
    [
        pytest.param((Trouble.KILLED_BEFORE, Trouble.KILLED_AFTER, Trouble.FROZEN_AFTER), id="each way to end"),
        pytest.param(tuple(Trouble), id="all", marks=pytest.mark.deep),
    ],
)
def test_a_reward_counts_once_whatever_ends_its_environment_and_the_log_says_what_did(
    troubles: tuple[Trouble, ...], stack: Stack, environment: Environments
) -> None:
    user, score, other = f"u-{len(troubles)}", environment("score"), environment("reward")
    with troubled(stack, "reward", "PutItem", timeout_s=TIMEOUT_S) as one, ThreadPoolExecutor(1) as caller:
        assert sent(one.environment, decided(score, user)).body["n"] == 1
        for number, trouble in enumerate(troubles, 1):
            first, meanwhile = decided(score, user), decided(score, user)
            one.expect(trouble)
            lost = caller.submit(one.environment.post, "/reward", first)
            assert one.met.wait(TIMEOUT_S)
            assert sent(other, meanwhile).body["applied"] is True
            check(one, trouble, lost.exception(), sent(one.environment, first))
            assert sent(one.environment, first).body == {"applied": False, "policy": "linucb/v1", "n": 2 * number + 1}

    stats = environment("stats").get("/stats/linucb/v1", user_id=user).body["policies"]["linucb/v1"]
    assert stats["n"] == 2 * len(troubles) + 1
    assert score.post("/score", scoring(user_id=user)).body["degraded"] is False


def check(one: Troubled, trouble: Trouble, raised: BaseException | None, again: Invocation) -> None:
    fate = trouble.value
    if not fate.says:  # it lived, and answered by itself
        assert raised is None
        assert again.body["applied"] is False
        return
    assert isinstance(raised, FunctionError)
    assert fate.says in str(raised)
    assert again.body["applied"] is not fate.carried_out
    assert again.metric("ColdStart", "linucb/v1") == 1.0
    assert len(again.events("reward")) == (not fate.carried_out)  # where it died after the write, none was logged
    assert fate.logged in one.environment.log.split("INIT START")[-2]


def test_score_answers_again_after_its_environment_died(stack: Stack) -> None:
    with troubled(stack, "score", "GetItem", timeout_s=TIMEOUT_S) as one:
        assert one.environment.post("/score", scoring()).status == 200
        process = one.environment.runtime_pid
        one.expect(Trouble.KILLED_BEFORE)
        with pytest.raises(FunctionError, match="signal: killed"):
            one.environment.post("/score", scoring())
        again = one.environment.post("/score", scoring())

        assert (again.status, again.body["degraded"]) == (200, False)
        assert again.metric("ColdStart", "linucb/v1") == 1.0
        assert one.environment.runtime_pid != process
        assert Trouble.KILLED_BEFORE.value.logged in one.environment.log


@pytest.mark.deep
def test_a_table_that_does_not_answer_ends_no_environment(stack: Stack, environment: Environments) -> None:
    body = decided(environment("score"), "u-silent")
    with silent() as line, stack.environment("reward", dynamodb=line.url) as reward:
        first = reward.post("/reward", body)
        process = reward.runtime_pid
        second = reward.post("/reward", body)

        assert [(it.status, it.code) for it in (first, second)] == [(503, "unavailable")] * 2
        assert reward.runtime_pid == process
        assert "Reset initiated" not in reward.log
    assert sent(environment("reward"), body).body["applied"] is True


@pytest.mark.deep
def test_environments_that_end_at_any_time_side_by_side_lose_no_reward_and_count_none_twice(
    stack: Stack, environment: Environments
) -> None:
    def worked(one: Troubled, seed: int) -> int:
        drawn = random.Random(seed)  # noqa: S311  no secret
        applied = 0
        for trouble in drawn.sample(tuple(Trouble) * EACH, EACH * len(Trouble)):
            body = bodies.pop()
            one.expect(trouble)
            applied += sent(one.environment, body).body["applied"]
            one.due.clear()
            assert sent(one.environment, body).body["applied"] is False
        return applied

    bodies = [decided(environment("score"), "u-side-by-side") for _ in range(2 * EACH * len(Trouble))]
    total = len(bodies)
    with (
        troubled(stack, "reward", "PutItem", timeout_s=TIMEOUT_S) as one,
        troubled(stack, "reward", "PutItem", timeout_s=TIMEOUT_S) as two,
        ThreadPoolExecutor(2) as callers,
    ):
        told = sum(callers.map(worked, (one, two), (1, 2)))

    stats = environment("stats").get("/stats/linucb/v1", user_id="u-side-by-side").body["policies"]["linucb/v1"]
    assert stats["n"] == total
    assert 0 < told < total


def decided(score: Environment, user_id: str) -> dict[str, Any]:
    """Make a decision, and return the body of a reward for it."""
    return {"decision": score.post("/score", scoring(user_id=user_id)).body["decision"], "reward": 1}


def sent(reward: Environment, body: dict[str, Any]) -> Invocation:
    """Send a reward as a caller does: again, until it is answered."""
    for _ in range(ATTEMPTS):
        try:
            answer = reward.post("/reward", body)
        except FunctionError:
            continue
        if answer.status < 500:
            return answer
    pytest.fail(f"no answer to a reward in {ATTEMPTS} attempts")
