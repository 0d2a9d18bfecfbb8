"""POST /generate while something it needs fails: prompts, the table, the model."""

import json
import time

import pytest

from tests.functional.gateway import SECRET_ID, Gateway
from tests.functional.moments import PATH, by_version, generating, without_bucket
from tests.support.bodies import USER
from tests.support.cloud import Cloud, prompts
from tests.support.lambdas import Function, Invocation
from tests.support.wire import closed
from tipbandit.adapters.clock import SystemClock


def warnings(answer: Invocation) -> list[str]:
    return [line["message"] for line in answer.logs if line["level"] == "WARNING"]


def assert_unavailable(answer: Invocation) -> None:
    assert (answer.status, answer.code) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert [value for line in answer.metrics for value in line.get("Fault", [])] == [1]
    assert answer.events("generation") == []


def assert_by_rules(answer: Invocation) -> None:
    body = answer.body
    assert (answer.status, body["model"], body["degraded"], len(body["tips"])) == (200, "template", True, 3)
    assert by_version(answer, "ByRules") == {"v1": 1}
    assert by_version(answer, "Fault") == {"v1": 0}
    assert warnings(answer)[-1] == "tips_by_rules"


@pytest.mark.parametrize("fallback", [True, False])
def test_nothing_is_generated_without_a_prompt_registry(cloud: Cloud, generate: Function, fallback: bool) -> None:  # noqa: FBT001
    without_bucket(cloud)
    answer = generate.post(PATH, generating(fallback=fallback))

    assert_unavailable(answer)
    (line,) = answer.logs
    assert (line["level"], line["cause"]["type"]) == ("ERROR", "PromptsUnavailableError")


def test_a_prompt_that_was_read_outlives_its_registry(
    cloud: Cloud, generate: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate.post(PATH, generating())
    without_bucket(cloud)
    monkeypatch.setattr(SystemClock, "monotonic", lambda _: time.monotonic() + 3600)
    answer = generate.post(PATH, generating())

    assert (answer.status, answer.body["prompt_version"]) == (200, "v1")
    assert warnings(answer) == ["prompts_unavailable"]
    assert_unavailable(generate.post(PATH, generating(prompt_version="v2")))


def test_a_broken_prompt_is_refused_with_all_that_is_wrong_with_it(cloud: Cloud, generate: Function) -> None:
    text = prompts()["v1"].decode().replace("version: v1", "version: v7").replace("temperature: 0.7", "temperature: 9")
    cloud.put_prompt("v7", text.replace("maxLength: 200", "maxLength: 20").encode())
    answer = generate.post(PATH, generating(prompt_version="v7"))

    assert (answer.status, answer.code) == (500, "prompt_invalid")
    assert answer.body["error"]["message"].startswith("prompt v7 cannot be used: ")
    for wrong in ("sampling.temperature: ", "output_schema.properties.tips.items.properties.text.maxLength: "):
        assert wrong in answer.body["error"]["message"]
    assert generate.post(PATH, generating()).status == 200


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("{{ user_id }}", "user_id is no field of the context"),
        ("{{ tasks.__class__ }}", "tasks.__class__ is no field of the context"),
        ("{% include 'v2' %}", "include (line 1) is not allowed in a prompt"),
        ("{{ 7 * 7 }}", "mul (line 1) is not allowed in a prompt"),
        ("{{ now", "user: not a template"),
    ],
)
def test_a_prompt_that_reaches_for_more_than_the_context_is_refused(
    change: str, problem: str, cloud: Cloud, generate: Function
) -> None:
    text = prompts()["v3"].decode().replace("version: v3", "version: v8")
    cloud.put_prompt("v8", text.replace("{{ now }};", f"{change};").encode())
    answer = generate.post(PATH, generating(prompt_version="v8"))

    assert (answer.status, answer.code) == (500, "prompt_invalid")
    assert problem in answer.body["error"]["message"]


def test_a_prompt_under_another_s_name_is_refused(cloud: Cloud, generate: Function) -> None:
    cloud.put_prompt("v9", prompts()["v1"])
    answer = generate.post(PATH, generating(prompt_version="v9"))

    assert answer.body["error"]["message"] == "prompt v9 cannot be used: it says it is version v1"


def test_rules_write_without_the_table_where_that_will_do(cloud: Cloud, gateway: Gateway) -> None:
    """Without the ledger nothing is asked: no token is spent that could not be counted."""
    cloud.delete_table()

    assert_by_rules(gateway.function().post(PATH, generating()))
    assert gateway.asked == []


def test_the_table_s_absence_is_said_where_rules_will_not_do(cloud: Cloud, gateway: Gateway) -> None:
    cloud.delete_table()

    assert_unavailable(gateway.function().post(PATH, generating(fallback=False)))
    assert gateway.asked == []


def test_without_a_model_to_pay_for_the_table_is_not_missed(cloud: Cloud, generate: Function) -> None:
    cloud.delete_table()
    answer = generate.post(PATH, generating(fallback=False))

    assert (answer.status, answer.body["degraded"]) == (200, False)


@pytest.mark.parametrize("status", [400, 401, 404, 422, 429, 500, 503, 529])
def test_rules_write_where_the_model_fails(status: int, cloud: Cloud, gateway: Gateway) -> None:
    gateway.status = status
    answer = gateway.function().post(PATH, generating())

    assert_by_rules(answer)
    assert set(warnings(answer)) == {"model_unavailable", "tips_by_rules"}
    assert 1 <= by_version(answer, "ModelFailed")["v1"] <= len(gateway.asked)
    assert cloud.items()[0]["used"] == {"N": "0"}


@pytest.mark.parametrize("status", [401, 503])
def test_the_model_s_failure_is_said_where_rules_will_not_do(status: int, gateway: Gateway) -> None:
    gateway.status = status

    assert_unavailable(gateway.function().post(PATH, generating(fallback=False)))


@pytest.mark.parametrize("text", ["", "I cannot help with that.", '{"tips": []}', '{"tips": [{"text": "<b>"}]}'])
def test_rules_write_where_the_model_answers_nothing_that_may_be_shown(text: str, gateway: Gateway) -> None:
    gateway.texts = [text]

    assert_by_rules(gateway.function().post(PATH, generating()))


def test_rules_write_where_nobody_listens(cloud: Cloud, gateway: Gateway) -> None:
    with closed() as nowhere:
        answer = gateway.function(GATEWAY_URL=nowhere).post(PATH, generating())

    assert_by_rules(answer)
    assert cloud.items()[0]["used"] == {"N": "0"}


def test_rules_write_without_the_gateway_s_key(cloud: Cloud, gateway: Gateway) -> None:
    cloud.secrets.delete_secret(SecretId=SECRET_ID, ForceDeleteWithoutRecovery=True)

    assert_by_rules(gateway.function().post(PATH, generating()))
    assert gateway.asked == []


def test_half_a_character_in_the_model_s_answer_is_its_fault_and_not_ours(gateway: Gateway) -> None:
    gateway.texts = ['{"tips": [{"text": "Walk \ud83c", "kind": "habit", "priority": 0.5}]}']

    assert_by_rules(gateway.function().post(PATH, generating()))


@pytest.mark.parametrize("name", ["half \ud83c", "", "m" * 100_000])
def test_whatever_the_model_calls_itself_its_tips_are_answered(name: str, gateway: Gateway) -> None:
    gateway.model = name
    answer = gateway.function().post(PATH, generating())

    assert (answer.status, answer.body["degraded"]) == (200, False)
    assert len(answer.printed) + len(answer.result["body"]) < 10_000


def test_stats_and_reset_go_on_beside_the_ledger_of_tokens(
    cloud: Cloud, gateway: Gateway, stats: Function, reset: Function
) -> None:
    gateway.function().post(PATH, generating())
    (entry,) = cloud.items()

    assert stats.get("/stats", user_id=USER).status == 200
    assert reset.post("/reset", {"user_id": USER}).status == 200
    assert entry in cloud.items()
    assert json.dumps(entry).count(USER) == 1
