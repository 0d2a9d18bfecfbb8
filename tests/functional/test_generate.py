"""POST /generate through the handler: which prompt is used, and what becomes of the tips."""

import hashlib
import json
import time
from typing import Final

import pytest

from tests.functional.gateway import COMMON, COST_USD, INPUT_TOKENS, MODEL, OUTPUT_TOKENS, Gateway
from tests.functional.moments import PATH, SIGNALS, by_version, generating
from tests.support.bodies import CONTEXT, USER
from tests.support.cloud import Cloud, prompts
from tests.support.lambdas import Function, load
from tipbandit.adapters.clock import SystemClock
from tipbandit.contracts.events import RewardEvent
from tipbandit.contracts.generate import GenerateResponse
from tipbandit.contracts.generation_event import GenerationEvent
from tipbandit.policies.registry import POLICIES
from tipbandit.tips.reading import tip_id

VERSIONS: Final = sorted(prompts())
each_version = pytest.mark.parametrize("version", VERSIONS)


def written_as(version: str, *, of: str = "v1") -> bytes:
    """A shipped prompt under another name."""
    return prompts()[of].replace(f"version: {of}".encode(), f"version: {version}".encode(), 1)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let time pass."""
    monkeypatch.setattr(SystemClock, "monotonic", lambda _: time.monotonic() + seconds)


@each_version
def test_the_prompt_that_is_asked_for_is_used(version: str, generate: Function) -> None:
    answer = generate.post(PATH, generating(prompt_version=version))
    body = GenerateResponse.model_validate_json(answer.result["body"])

    assert (answer.status, body.prompt_version, body.model, body.degraded) == (200, version, "template", False)
    assert body.prompt_hash == hashlib.sha256(prompts()[version]).hexdigest()
    assert {tip.prompt_version for tip in body.tips} == {version}
    assert [tip.tip_id for tip in body.tips] == [tip_id(version, tip.text) for tip in body.tips]


@each_version
def test_the_environment_says_which_prompt_is_used_where_none_is_asked_for(version: str, cloud: Cloud) -> None:  # noqa: ARG001
    function = load("generate", DEFAULT_PROMPT_VERSION=version)
    other = VERSIONS[VERSIONS.index(version) - 1]

    assert function.post(PATH, generating()).body["prompt_version"] == version
    assert function.post(PATH, generating(prompt_version=None)).body["prompt_version"] == version
    assert function.post(PATH, generating(prompt_version=other)).body["prompt_version"] == other


@pytest.mark.usefixtures("cloud")
def test_it_is_v1_where_the_environment_says_nothing() -> None:
    assert load("generate", DEFAULT_PROMPT_VERSION="").post(PATH, generating()).body["prompt_version"] == "v1"


def test_a_prompt_that_is_not_there_is_not_found_and_those_there_are_are_named(generate: Function) -> None:
    answer = generate.post(PATH, generating(prompt_version="v999"))

    assert (answer.status, answer.code) == (404, "unknown_prompt")
    assert answer.body["error"]["message"] == f"no such prompt version; there are {', '.join(VERSIONS)}"
    assert answer.metric("Fault") == 0


@pytest.mark.usefixtures("cloud")
def test_a_default_prompt_that_is_not_there_is_not_found_either() -> None:
    answer = load("generate", DEFAULT_PROMPT_VERSION="v999").post(PATH, generating())

    assert (answer.status, answer.code) == (404, "unknown_prompt")


def test_a_prompt_published_while_the_environment_lives_is_served(cloud: Cloud, generate: Function) -> None:
    generate.post(PATH, generating())
    cloud.put_prompt("v4-short", written_as("v4-short", of="v3"))
    answer = generate.post(PATH, generating(prompt_version="v4-short"))

    assert (answer.status, answer.body["prompt_version"]) == (200, "v4-short")
    assert answer.body["prompt_hash"] == hashlib.sha256(written_as("v4-short", of="v3")).hexdigest()


def test_one_that_was_asked_for_too_early_is_served_a_few_seconds_later(
    cloud: Cloud, generate: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert generate.post(PATH, generating(prompt_version="v4")).status == 404
    cloud.put_prompt("v4", written_as("v4"))
    later(monkeypatch, 11)

    assert generate.post(PATH, generating(prompt_version="v4")).status == 200


def test_a_prompt_that_is_retired_is_gone_a_minute_later(
    cloud: Cloud, generate: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert generate.post(PATH, generating(prompt_version="v2")).status == 200
    cloud.delete_prompt("v2")
    later(monkeypatch, 61)
    refused = generate.post(PATH, generating(prompt_version="v2"))

    assert (refused.status, refused.code) == (404, "unknown_prompt")
    assert refused.body["error"]["message"].endswith("there are v1, v3")


@pytest.mark.parametrize("policy", sorted(POLICIES))
@each_version
def test_a_prompt_is_followed_from_its_tips_to_the_reward(
    version: str, policy: str, generate: Function, score: Function, reward: Function
) -> None:
    tips = generate.post(PATH, generating(prompt_version=version, n=5)).body["tips"]
    sent = ("tip_id", "priority", "due_in_hours", "prompt_version")
    candidates = [{name: tip[name] for name in sent} for tip in tips]
    decided = score.post(f"/score/{policy}", {"user_id": USER, "context": CONTEXT, "candidates": candidates})
    rewarded = reward.post(f"/reward/{policy}", {"decision": decided.body["decision"], "reaction": "completed"})
    (decision,), (logged,) = decided.events("decision"), rewarded.events("reward")
    event = RewardEvent.model_validate_json(json.dumps(logged))

    assert rewarded.body == {"applied": True, "policy": policy, "n": 1}
    assert decision["prompt_version"] == event.prompt_version == version
    assert event.tip_id == decided.body["tip_id"]
    assert event.tip_id in {tip["tip_id"] for tip in tips}


def test_the_same_moment_gets_the_same_tips_under_a_new_id(generate: Function) -> None:
    first, second = (generate.post(PATH, generating()).body for _ in range(2))

    assert first["tips"] == second["tips"]
    assert first["generation_id"] != second["generation_id"]


@pytest.mark.parametrize("n", range(1, 11))
def test_rules_write_as_many_tips_as_are_asked_for_whatever_is_known(n: int, generate: Function) -> None:
    for signals in (SIGNALS, {}):
        tips = generate.post(PATH, generating(signals=signals, n=n)).body["tips"]
        assert len({tip["tip_id"] for tip in tips}) == n


def test_rules_write_nothing_to_the_table(cloud: Cloud, generate: Function) -> None:
    generate.post(PATH, generating())

    assert cloud.items() == []


def test_a_generation_is_one_event_with_all_that_went_into_it_but_no_text(generate: Function) -> None:
    answer = generate.post(PATH, generating(profile_features={"completion_rate": 0.5}))
    (logged,) = answer.events("generation")
    event = GenerationEvent.model_validate_json(json.dumps(logged))
    body = GenerateResponse.model_validate_json(answer.result["body"])

    assert (event.user_id, event.n, event.calls, event.repaired) == (USER, 3, 1, False)
    for name in ("generation_id", "prompt_version", "prompt_hash", "model", "usage", "dropped", "degraded"):
        assert getattr(event, name) == getattr(body, name)
    assert [each.model_dump() for each in event.tips] == [
        tip.model_dump(exclude={"text", "prompt_version"}) for tip in body.tips
    ]
    assert set(event.considered.model_dump().values()) == {2, 1, 0}
    assert "text" not in json.dumps(logged)


def test_a_model_s_tips_are_answered_with_what_they_cost(gateway: Gateway) -> None:
    answer = gateway.function().post(PATH, generating())
    body = answer.body

    assert [tip["text"] for tip in body["tips"]] == [tip["text"] for tip in COMMON]
    assert (body["model"], body["degraded"], body["dropped"]) == (MODEL, False, 0)
    assert body["usage"] == {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS, "cost_usd": COST_USD}
    assert by_version(answer, "InputTokens") == {"v1": INPUT_TOKENS}
    assert by_version(answer, "OutputTokens") == {"v1": OUTPUT_TOKENS}
    assert by_version(answer, "CostUSD") == {"v1": COST_USD}


def test_a_model_is_asked_with_the_prompt_and_the_user_s_texts_as_data(gateway: Gateway) -> None:
    gateway.function().post(PATH, generating(prompt_version="v2"))
    ((system, user),) = [asked["messages"] for asked in gateway.asked]

    assert (system["role"], user["role"]) == ("system", "user")
    assert system["content"].startswith("You are a warm, practical companion.")
    assert '"Call grandma", no due time' in user["content"]
    assert '"Learning the cello"' in user["content"]
    assert "cello" not in system["content"]


def test_a_model_s_bad_tips_are_mended_once_and_then_dropped(gateway: Gateway) -> None:
    good, bad = {**COMMON[1]}, {**COMMON[0], "text": "Look at evil.example"}
    gateway.texts = [json.dumps({"tips": [good, bad]}), json.dumps({"tips": [good, bad, bad]})]
    answer = gateway.function().post(PATH, generating())
    (event,) = answer.events("generation")

    assert [tip["text"] for tip in answer.body["tips"]] == [good["text"]]
    assert (answer.body["dropped"], answer.body["degraded"]) == (2, False)
    assert (event["calls"], event["repaired"]) == (2, True)
    assert answer.body["usage"]["input_tokens"] == 2 * INPUT_TOKENS
    assert (by_version(answer, "Repaired"), by_version(answer, "Dropped")) == ({"v1": 1}, {"v1": 2})


def test_counters_are_published_by_prompt_version(generate: Function) -> None:
    names = ("InputTokens", "OutputTokens", "CostUSD", "Dropped", "Repaired", "ByRules", "Fault")
    for version in VERSIONS:
        answer = generate.post(PATH, generating(prompt_version=version))
        assert [by_version(answer, name) for name in names] == [{version: 0}] * len(names)
        assert list(by_version(answer, "Latency")) == [version]
