"""No request makes the service fail, wait, repeat what it was sent, or learn what is no number."""

import base64
import json
from collections.abc import Callable
from typing import Final

import httpx
import pytest

from tests.fuzz.answers import only_finite_numbers, refusal_is_documented
from tests.fuzz.corpus import DECISION, MARKER, USER, Hostile, body, corpus
from tests.support.bodies import decision_id

CORPUS: Final = corpus()
pytestmark = pytest.mark.xdist_group("fuzz")


def send(client: httpx.Client, hostile: Hostile) -> httpx.Response:
    headers = {} if hostile.content_type is None else {"content-type": hostile.content_type}
    content = hostile.body.replace(DECISION.encode(), str(decision_id()).encode())
    return client.request(hostile.method, hostile.path, content=content, headers=headers)


def assert_learned_only_numbers(client: httpx.Client, user: str) -> None:
    policies = only_finite_numbers(client.get("/stats", params={"user_id": user}).text)["policies"]
    assert {policy["state"] for policy in policies.values()} <= {"cold", "learned", "reset"}
    for policy in policies.values():
        assert all(isinstance(weight, float) for weight in policy["theta"].values())


def test_the_corpus_is_large_and_says_why_it_accepts_what_is_odd() -> None:
    assert len(CORPUS) > 600
    assert len({each.name for each in CORPUS}) == len(CORPUS)
    assert {bool(each.why) for each in CORPUS if each.status == httpx.codes.OK} == {True}
    assert {each.status for each in CORPUS if not each.why} == {400, 404, 413, 422}


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda each: each.name)
def test_a_hostile_request_gets_the_answer_it_must(client: httpx.Client, hostile: Hostile) -> None:
    answer = send(client, hostile)

    assert answer.status_code == hostile.status, answer.text
    if answer.status_code != httpx.codes.OK:
        assert refusal_is_documented(hostile.method, hostile.path, answer)
        assert MARKER not in answer.text
        assert MARKER not in str(answer.headers)
    only_finite_numbers(answer.text)
    assert_learned_only_numbers(client, USER)


@pytest.fixture(scope="module")
def token(client: httpx.Client) -> str:
    """Return the token of a real decision."""
    answer = client.post("/score", content=body("score"))
    return str(answer.json()["decision"])


def _with_payload(token: str, change: Callable[[bytes], bytes]) -> str:
    kid, payload, signature = token.split(".")
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return ".".join((kid, base64.urlsafe_b64encode(change(raw)).rstrip(b"=").decode(), signature))


FORGERIES: Final[dict[str, Callable[[str], str]]] = {
    "is empty": lambda _: "",
    "is only dots": lambda _: "...",
    "is prose": lambda _: MARKER,
    "is of an unknown key": lambda token: MARKER + token[2:],
    "is of a key that is none": lambda token: f"\x00{MARKER}\N{SNOWMAN}{token[2:]}",
    "is of no key": lambda token: token[2:],
    "is signed with nothing": lambda token: token.rpartition(".")[0] + ".",
    "has lost its signature": lambda token: token.rpartition(".")[0],
    "has lost its end": lambda token: token[:-1],
    "has lost its beginning": lambda token: token[1:],
    "has another end": lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
    "has padding": lambda token: token + "=",
    "has a space": lambda token: token + " ",
    "has a line break": lambda token: token + "\n",
    "has NUL": lambda token: token + "\x00",
    "has what is not ASCII": lambda token: token + "\N{SNOWMAN}",
    "stands there twice": lambda token: token + token,
    "has one part more": lambda token: f"{token}.{MARKER}",
    "is in capitals": lambda token: token.upper(),
    "is turned round": lambda token: token[::-1],
    "has its parts swapped": lambda token: ".".join((token.split(".")[0], token.split(".")[2], token.split(".")[1])),
    "is of another version": lambda token: _with_payload(token, lambda raw: b"\x02" + raw[1:]),
    "is of another user": lambda token: _with_payload(token, lambda raw: raw.replace(b"fuzzed", b"FUZZED")),
    "holds nothing": lambda token: _with_payload(token, lambda _: b""),
    "holds too little": lambda token: _with_payload(token, lambda raw: raw[:20]),
    "holds no numbers": lambda token: _with_payload(token, lambda raw: raw[:-56] + b"\xff" * 56),
    "says it is unsigned": lambda token: "none." + token.split(".")[1] + ".",
    "is a JSON web token": lambda _: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJacTdNYXJrZXIifQ.",
    "is as long as may be": lambda token: token + "A" * (4096 - len(token)),
    "is longer": lambda token: token + "A" * 4096,
}


@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES)
def test_a_token_is_refused_that_is_not_as_it_was_signed(
    client: httpx.Client, token: str, forged: Callable[[str], str]
) -> None:
    answer = client.post("/reward", content=json.dumps({"decision": forged(token), "reward": 1}))

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, answer.text
    assert refusal_is_documented("POST", "/reward", answer)
    assert [each["field"] for each in answer.json()["error"]["details"]] == ["decision"]
    assert MARKER not in answer.text


def test_a_token_is_refused_where_the_path_names_another_policy(client: httpx.Client, token: str) -> None:
    for path in ("/reward/egreedy", "/reward/egreedy/v2", "/reward/linucb/v2"):
        answer = client.post(path, json={"decision": token, "reward": 1})
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert refusal_is_documented("POST", path, answer)


def test_a_token_that_was_not_touched_is_taken_after_all_that(client: httpx.Client, token: str) -> None:
    answer = client.post("/reward", json={"decision": token, "reward": 1})

    assert answer.status_code == httpx.codes.OK
    assert answer.json()["applied"] is True
    assert_learned_only_numbers(client, USER)
