"""What is too large to lie in events/: bodies at and beyond the limit, and bodies made to break parsers."""

import json
from typing import Final

import pytest

from tests.functional.moments import PATH, generating
from tests.support.bodies import USER, rewarding, scoring
from tests.support.lambdas import Function
from tests.support.payload import event
from tipbandit.runtime.http import MAX_VIOLATIONS

LIMIT: Final = 256 * 1024
LAMBDA_ANSWER_LIMIT: Final = 6 * 1024 * 1024


def padded(body: object, size: int) -> str:
    text = json.dumps(body)
    return text + " " * (size - len(text))


@pytest.mark.parametrize("as_base64", [False, True])
def test_a_body_may_have_256_kib_and_not_a_byte_more(as_base64: bool, score: Function) -> None:  # noqa: FBT001
    fits, exceeds = (
        score.invoke(event("POST", "/score", body=padded(scoring(), size), as_base64=as_base64))
        for size in (LIMIT, LIMIT + 1)
    )

    assert fits.status == 200
    assert (exceeds.status, exceeds.code) == (413, "payload_too_large")


def test_a_body_is_measured_in_bytes_not_characters(reset: Function) -> None:
    answer = reset.post("/reset", json.dumps({"user_id": "é" * (LIMIT // 2)}, ensure_ascii=False))

    assert answer.status == 413


def test_the_limit_holds_for_reward_reset_and_generate(reward: Function, reset: Function, generate: Function) -> None:
    assert reward.post("/reward", padded(rewarding(), LIMIT + 1)).status == 413
    assert reset.post("/reset", padded({"user_id": USER}, LIMIT + 1)).status == 413
    assert generate.post(PATH, padded(generating(), LIMIT + 1)).status == 413
    assert generate.post(PATH, padded(generating(), LIMIT)).status == 200


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="open lists"),
        pytest.param("[" * 100_000 + "]" * 100_000, id="closed lists"),
        pytest.param('{"a":' * 50_000, id="open objects"),
        pytest.param('{"user_id": "u-1", "x": ' + "[" * 100_000 + "]" * 100_000 + "}", id="a nested unknown field"),
        pytest.param("9" * LIMIT, id="a number as long as the limit"),
        pytest.param("-" * 1000, id="minus signs"),
        pytest.param('"' + "\\u0041" * 40_000, id="an open text"),
        pytest.param("\x00" * 1000, id="zero bytes"),
        pytest.param('{"user_id": "\ud800"}', id="a half character"),
        pytest.param("\ufeff{}", id="a byte order mark"),
    ],
)
def test_a_body_made_to_break_the_parser_is_refused_as_malformed(text: str, reset: Function) -> None:
    answer = reset.post("/reset", text)

    assert (answer.status, answer.code) == (400, "malformed_body")


@pytest.mark.parametrize("spoilt", ["!{}", "{}\n", " {}", "{}é", "{}\ud800"])
def test_what_is_nearly_base64_is_refused(spoilt: str, reset: Function) -> None:
    made = event("POST", "/reset", body={"user_id": USER}, as_base64=True)
    assert reset.invoke(made).status == 200
    answer = reset.invoke(made | {"body": spoilt.format(made["body"])})

    assert (answer.status, answer.code) == (400, "malformed_body")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"candidates": [' + "0," * 130_000 + "0]}", id="candidates that are none"),
        pytest.param("{" + ",".join(f'"{number:x}":1' for number in range(26_000)) + "}", id="unknown fields"),
        pytest.param(
            '{"profile_features": {' + ",".join(f'"{number:x}":1' for number in range(26_000)) + "}}",
            id="unknown profile features",
        ),
        pytest.param(json.dumps(scoring(candidates=[{"tip_id": "\u00ff" * 100}] * 200)), id="200 wrong candidates"),
    ],
)
def test_an_answer_that_names_very_many_wrong_fields_still_fits_lambda(text: str, score: Function) -> None:
    answer = score.post("/score", text)

    assert (answer.status, answer.code) == (422, "invalid_fields")
    assert len(answer.result["body"]) < LAMBDA_ANSWER_LIMIT
    assert len(answer.body["error"]["details"]) <= MAX_VIOLATIONS + 1


def test_wrong_fields_that_are_not_named_are_counted(score: Function) -> None:
    unknown = {f"x{number}": 1 for number in range(MAX_VIOLATIONS + 5)}
    details = score.post("/score", scoring(**unknown)).body["error"]["details"]

    assert details[-1] == {"field": "body", "problem": "has 5 more wrong fields"}


def test_a_large_decision_is_answered_and_logged_whole(score: Function) -> None:
    candidates = [{"tip_id": f"{number:03}".ljust(128, "x"), "prompt_version": "v" * 128} for number in range(200)]
    answer = score.post("/score", scoring(user_id="u" * 128, candidates=candidates))
    (decision,) = answer.events("decision")

    assert (answer.status, len(answer.body["ranking"]), len(decision["candidates"]["tip_id"])) == (200, 200, 200)
    assert max(len(line.encode()) for line in answer.printed.splitlines()) < LIMIT


@pytest.mark.parametrize("char", ["x", "\u00e4", "\u4e70", "<"])
def test_a_moment_as_large_as_the_contract_allows_is_answered_and_logged_small(char: str, generate: Function) -> None:
    signals = {
        "open_tasks": [{"title": char * 200, "due_in_hours": 8760, "priority": 1, "age_hours": 0}] * 200,
        "reactions": [{"reaction": "completed", "kind": "social", "text": char * 280, "hours_ago": 8760}] * 50,
        "notes": [char * 1000] * 20,
    }
    body = json.dumps(generating(user_id="u" * 128, signals=signals, n=10), ensure_ascii=False)
    assert len(body.encode()) <= LIMIT
    answer = generate.post(PATH, body)
    (event,) = answer.events("generation")
    considered = event["considered"]

    assert (answer.status, len(answer.body["tips"])) == (200, 10)
    assert considered["tasks"] + considered["tasks_left_out"] == 200
    assert considered["reactions"] + considered["reactions_left_out"] == 50
    assert considered["notes"] + considered["notes_left_out"] == 20
    assert max(len(line) for line in answer.printed.splitlines()) < 4096


@pytest.mark.parametrize(
    "signals",
    [
        pytest.param('{"open_tasks": [' + "0," * 130_000 + "0]}", id="tasks that are none"),
        pytest.param('{"notes": [' + "0," * 130_000 + "0]}", id="notes that are none"),
        pytest.param("{" + ",".join(f'"{number:x}":1' for number in range(26_000)) + "}", id="unknown fields"),
        pytest.param(json.dumps({"open_tasks": [{"title": "\u00ff" * 201, "x": 1}] * 200}), id="200 wrong tasks"),
    ],
)
def test_signals_that_are_wrong_very_often_are_refused_in_an_answer_that_fits_lambda(
    signals: str, generate: Function
) -> None:
    answer = generate.post(PATH, '{"user_id": "u-1", "signals": ' + signals + "}")

    assert (answer.status, answer.code) == (422, "invalid_fields")
    assert len(answer.result["body"]) < LAMBDA_ANSWER_LIMIT
