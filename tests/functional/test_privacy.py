"""What callers send is never logged: text that nobody could mistake goes in everywhere and comes out nowhere."""

import json
from typing import Any, Final

import pytest

from tests.functional.gateway import KEY, Gateway
from tests.functional.moments import SIGNALS, generating, without_bucket
from tests.support.bodies import CONTEXT, rewarding, scoring
from tests.support.cloud import Cloud, ring
from tests.support.lambdas import NAMES, load
from tests.support.payload import event

MARKER: Final = "ZQXJ my private diary ÄÖ\u2028 ZQXJ"
TRACE: Final = "ZQXJ"
KID_LIKE: Final = "ZQXJ-key"


def request(name: str, body: object, *, path: str | None = None) -> tuple[str, dict[str, Any]]:
    return name, event("POST", path or f"/{name}", body=body)


def with_marked_headers() -> dict[str, Any]:
    made = event("POST", "/score", body=scoring())
    made["headers"] |= {"x-note": MARKER, "user-agent": MARKER, "cookie": MARKER}
    made["cookies"] = [MARKER]
    made["requestContext"]["http"]["userAgent"] = MARKER
    return made


def with_marked_encoding() -> dict[str, Any]:
    return event("POST", "/score", body=MARKER) | {"isBase64Encoded": True}


def signalling(**signals: object) -> tuple[str, dict[str, Any]]:
    return request("generate", generating(signals={**SIGNALS, **signals}))


CASES: Final = {
    "a body that is not JSON": request("score", MARKER),
    "a body cut off": request("score", f'{{"user_id": "{MARKER}'),
    "a body that is only text": request("reset", json.dumps(MARKER)),
    "a body that is not base64": ("score", with_marked_encoding()),
    "headers": ("score", with_marked_headers()),
    "an unknown field's name": request("score", scoring(**{MARKER: 1})),
    "an unknown field's value": request("score", scoring(note=MARKER)),
    "a nested unknown field": request("score", scoring(context={**CONTEXT, MARKER: MARKER})),
    "a candidate's text": request("score", scoring(candidates=[{"tip_id": "walk", "text": MARKER}])),
    "a user id": request("score", scoring(user_id=MARKER)),
    "a tip id": request("score", scoring(candidates=[{"tip_id": MARKER}])),
    "two equal tip ids": request("score", scoring(candidates=[{"tip_id": TRACE}, {"tip_id": TRACE}])),
    "a prompt version": request("score", scoring(candidates=[{"tip_id": "walk", "prompt_version": MARKER}])),
    "a number's place": request("score", scoring(context={"hour": MARKER, "weekday": MARKER})),
    "a profile": request("score", scoring(profile_features={MARKER: MARKER, "tips_30d": MARKER})),
    "a policy's name": request("score", scoring(), path=f"/score/{TRACE}"),
    "a policy's version": request("score", scoring(), path=f"/score/egreedy/{TRACE}"),
    "a token": request("reward", {"decision": MARKER, "reward": 1}),
    "a token's key id": request("reward", {"decision": f"{KID_LIKE}.AAAA.BBBB", "reward": 1}),
    "a token's payload": request("reward", {"decision": ring().sign(TRACE), "reward": 1}),
    "a decision id": request("reward", rewarding(decision_id=MARKER)),
    "a reward": request("reward", rewarding(reward=MARKER)),
    "a reaction": request("reward", rewarding(reaction=MARKER)),
    "a reward's comment": request("reward", rewarding(comment=MARKER)),
    "a rewarded candidate": request("reward", rewarding(candidate={"tip_id": MARKER, "text": MARKER})),
    "a reset user id": request("reset", {"user_id": MARKER}),
    "a reset's unknown field": request("reset", {"user_id": "u-1", MARKER: 1}),
    "a query's user id": ("stats", event("GET", "/stats", query={"user_id": MARKER})),
    "a query's unknown parameter": ("stats", event("GET", "/stats", query={"user_id": "u-1", MARKER: MARKER})),
    "a stats policy": ("stats", event("GET", f"/stats/{TRACE}", query={"user_id": "u-1"})),
    "a task's title": signalling(open_tasks=[{"title": MARKER, "due_in_hours": 1}]),
    "a task's title that is too long": signalling(open_tasks=[{"title": MARKER * 10}]),
    "a task's unknown field": signalling(open_tasks=[{"title": "Call grandma", MARKER: MARKER}]),
    "a note": signalling(notes=[MARKER]),
    "a note that is too long": signalling(notes=[MARKER * 100]),
    "an old tip's text": signalling(reactions=[{"reaction": "ignored", "text": MARKER}]),
    "an unknown reaction": signalling(reactions=[{"reaction": MARKER, "kind": MARKER}]),
    "a language": signalling(locale=f"en-{TRACE}"),
    "a language that is none": signalling(locale=MARKER),
    "a signal's unknown name": signalling(**{MARKER: MARKER}),
    "signals that are only text": request("generate", generating(signals=MARKER)),
    "a prompt version that is not there": request("generate", generating(prompt_version=TRACE)),
    "a prompt version that is none": request("generate", generating(prompt_version=MARKER)),
    "a generating user's id": request("generate", generating(user_id=MARKER)),
    "a number of tips": request("generate", generating(n=MARKER)),
}


@pytest.mark.parametrize("where", CASES)
def test_a_caller_s_text_is_not_logged(where: str, cloud: Cloud, capfd: pytest.CaptureFixture[str]) -> None:  # noqa: ARG001
    name, given = CASES[where]
    answer = load(name).invoke(given)

    assert answer.status < 500
    assert answer.lines != []
    assert TRACE not in answer.printed
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("where", CASES)
def test_an_answer_repeats_no_more_of_it_than_a_field_s_name(where: str, cloud: Cloud) -> None:  # noqa: ARG001
    name, given = CASES[where]
    error = load(name).invoke(given).body.get("error", {"message": ""})

    assert TRACE not in error["message"]
    assert [each for each in error.get("details", []) if TRACE in each["problem"]] == []


TRACED: Final = {
    "score": event("POST", "/score", body=scoring(user_id=TRACE, candidates=[{"tip_id": TRACE}])),
    "reward": event("POST", "/reward", body=rewarding(user_id=TRACE, candidate={"tip_id": TRACE})),
    "stats": event("GET", "/stats", query={"user_id": TRACE}),
    "reset": event("POST", "/reset", body={"user_id": TRACE}),
    "generate": event("POST", "/generate", body=generating(user_id=TRACE, signals={"notes": [TRACE]})),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_failing_dependency_brings_it_out_neither(name: str, cloud: Cloud, capfd: pytest.CaptureFixture[str]) -> None:
    """Ids are logged in the contracted events, and nowhere else."""
    cloud.delete_table()
    without_bucket(cloud)
    answer = load(name).invoke(TRACED[name], remaining_ms=100)
    besides = [line for line in answer.lines if line.get("message") != "decision"]

    assert besides != []
    assert TRACE not in json.dumps(besides)
    assert capfd.readouterr() == ("", "")


def test_the_token_and_its_keys_are_not_logged(cloud: Cloud) -> None:
    score, reward = load("score"), load("reward")
    decided = score.post("/score", scoring())
    token = decided.body["decision"]
    rewarded = reward.post("/reward", {"decision": token, "reward": 1})
    secret = cloud.secrets.get_secret_value(SecretId="tipbandit-token-key")["SecretString"]

    for printed in (decided.printed, rewarded.printed):
        assert token not in printed
        assert json.loads(secret)["k1"] not in printed


TRACED_SIGNALS: Final = {
    "locale": f"en-{TRACE}",
    "open_tasks": [{"title": f"Call {TRACE}", "due_in_hours": 1}],
    "reactions": [{"reaction": "completed", "text": f"Write to {TRACE}"}],
    "notes": [f"Likes {TRACE}"],
}
ANSWERS: Final = {
    "a tip": json.dumps({"tips": [{"text": f"Call {TRACE} now.", "kind": "social", "priority": 0.5}]}),
    "a tip that breaks the rules": json.dumps(
        {"tips": [{"text": f"see {TRACE}.example", "kind": "task", "priority": 1}]}
    ),
    "a tip with the wrong fields": json.dumps({"tips": [{TRACE: TRACE, "kind": TRACE, "priority": TRACE}]}),
    "a text that is no JSON": f"Sure, {TRACE}!",
    "half an object": f'{{"tips": [{{"text": "{TRACE}',
    "nothing": "",
}


@pytest.mark.parametrize("said", ANSWERS)
def test_what_a_model_is_told_and_what_it_says_is_not_logged(
    said: str, gateway: Gateway, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway.texts = [ANSWERS[said]]
    answer = gateway.function().post("/generate", generating(signals=TRACED_SIGNALS))

    assert answer.status == 200
    assert TRACE in json.dumps(gateway.asked)
    assert TRACE not in answer.printed
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_what_a_model_s_refusal_quotes_is_neither_logged_nor_answered(
    status: int, gateway: Gateway, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway.status = status
    given = generating(signals=TRACED_SIGNALS, fallback=False)
    answer = gateway.function().post("/generate", given)

    assert answer.status == 503
    assert TRACE in json.dumps(gateway.asked)
    assert TRACE not in answer.printed + answer.result["body"]
    assert KEY not in answer.printed + answer.result["body"]
    assert capfd.readouterr() == ("", "")
