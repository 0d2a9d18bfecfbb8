"""The client and the service itself, from the first tip to the last, and over a wire that loses answers."""

from collections.abc import Iterator

import pytest

from local.options import Options
from local.service import Service, running
from tests.recommender.callers import REWARD, SCORE, client
from tests.support.wire import forward, serving
from tipbandit.contracts.generate import GenerateRequest
from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest
from tipbandit.contracts.signals import OpenTask, Signals
from tipbandit.policies.registry import POLICIES
from tipbandit_recommender.errors import RefusedError, RewardRefusedError, UnknownError


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(Options(state=tmp_path_factory.mktemp("service"))) as service:
        yield service


def test_a_life_from_the_first_tip_to_the_last(service: Service) -> None:
    moment = Context(hour=8.5, weekday=0)
    signals = Signals(local_time=moment, open_tasks=[OpenTask(title="Bäcker: 5 Brötchen", due_in_hours=3)])
    user = "life~1:a@b|c+d=e"
    with client(service.url) as caller:
        tips = caller.generate(GenerateRequest(user_id=user, signals=signals)).tips
        candidates = [Candidate(tip_id=tip.tip_id, prompt_version=tip.prompt_version) for tip in tips]
        scored = caller.score(ScoreRequest(user_id=user, context=moment, candidates=candidates), "egreedy/v2")
        assert scored.policy == "egreedy/v2"
        assert scored.tip_id in {tip.tip_id for tip in tips}
        reward = RewardRequest(decision=scored.decision, reaction="completed")
        assert [caller.reward(reward).applied for _ in range(2)] == [True, False]
        assert {key: each.n for key, each in caller.stats(user).policies.items()} == {
            key: int(key == "egreedy/v2") for key in POLICIES
        }
        assert list(caller.stats(user, "egreedy/v2").policies) == ["egreedy/v2"]
        assert set(caller.reset(user).policies) == set(POLICIES)
        assert caller.stats(user, "egreedy/v2").policies["egreedy/v2"].state == "reset"
        with pytest.raises(RewardRefusedError) as caught:
            caller.reward(reward)
    assert caught.value.code == "decision_before_reset"


def test_a_reward_whose_answer_is_lost_is_sent_again_and_applied_once(service: Service) -> None:
    lost: list[bytes] = []

    def lose_the_first(request: bytes) -> bytes | None:
        answer = forward(request, service.url)
        if lost:
            return answer
        lost.append(answer)
        return None

    with client(service.url) as caller, serving(lose_the_first) as proxy, client(proxy.url) as unlucky:
        decision = caller.score(SCORE.model_copy(update={"user_id": "lost"})).decision
        answer = unlucky.reward(RewardRequest(decision=decision, reaction="snoozed"))
        assert b'"applied":true' in lost[0].replace(b" ", b"")
        assert (answer.applied, answer.n, len(proxy.requests)) == (False, 1, 2)
        assert caller.stats("lost").policies["linucb/v1"].n == 1


def test_a_refusal_of_the_service_is_an_error_with_its_code(service: Service) -> None:
    with client(service.url) as caller:
        with pytest.raises(UnknownError, match=r"POST /score/thompson answered 404 unknown_policy: .*egreedy/v1"):
            caller.score(SCORE, "thompson")
        with pytest.raises(RefusedError) as caught:
            caller.reward(REWARD)
    assert (caught.value.status, caught.value.code) == (422, "invalid_fields")
    assert [each.field for each in caught.value.details] == ["decision"]
