"""Every functional test fails if a function logs a secret or a text: here functions do, and are caught."""

import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any, Final

import pytest

from tests.functional.gateway import COMMON, KEY, Gateway
from tests.functional.moments import SIGNALS, generating
from tests.support import cloud
from tests.support.bodies import scoring
from tests.support.canaries import LeakError, sentences
from tests.support.lambdas import Function, load
from tests.support.payload import event

Say = Callable[[Mapping[str, Any], Mapping[str, Any]], str]
"""What a careless function logs, of its event and its answer."""


def careless(function: Function, say: Say) -> Function:
    """The function, but that it logs something more."""
    answer = function.module.handler

    def handler(given: Mapping[str, Any], context: object) -> Mapping[str, Any]:
        result: Mapping[str, Any] = answer(given, context)
        print(json.dumps({"message": f"about to say {say(given, result)}"}))  # noqa: T201  as Lambda would log it
        return result

    module = ModuleType("careless")
    module.handler = handler  # type: ignore[attr-defined]
    return replace(function, module=module)


SAID: Final[dict[str, tuple[str, Say]]] = {
    "a token key": ("a secret", lambda *_: cloud.KEYS["k1"]),
    "the whole secret": ("a secret", lambda *_: json.dumps({"active": "k1", **cloud.KEYS})),
    "the gateway's key": ("a secret", lambda *_: KEY),
    "the secret access key": ("the credentials", lambda *_: os.environ["AWS_SECRET_ACCESS_KEY"]),
    "the session token": ("the credentials", lambda *_: os.environ["AWS_SESSION_TOKEN"]),
    "the environment": ("the environment", lambda *_: str({**os.environ, "AWS_SESSION_TOKEN": ""})),
    "a prompt": ("a prompt", lambda *_: sentences()[-1]),
    "who signed": ("a header", lambda given, _: str(given["headers"])),
    "the request": ("a caller's text", lambda given, _: str(given["body"])),
    "a task": ("a caller's text", lambda *_: "File the expenses"),
    "a note": ("a caller's text", lambda *_: "Learning the cello"),
    "a tip": ("an answer's text", lambda *_: str(COMMON[0]["text"])),
}


@pytest.mark.parametrize("what", SAID)
def test_a_function_that_logs_it_is_caught(what: str, gateway: Gateway) -> None:
    kind, say = SAID[what]

    with pytest.raises(LeakError, match=f"^logged {kind}: "):
        careless(gateway.function(), say).post("/generate", generating())


@pytest.mark.parametrize("part", [0, 2], ids=["a whole token", "its signature"])
def test_a_function_that_logs_its_own_token_is_caught(part: int, score: Function) -> None:
    def say(_: Mapping[str, Any], result: Mapping[str, Any]) -> str:
        token: str = json.loads(result["body"])["decision"]
        return token.split(".", part)[-1]

    with pytest.raises(LeakError, match=r"^logged a token's signature: "):
        careless(score, say).post("/score", scoring())


def test_a_library_that_warns_of_it_is_caught(score: Function) -> None:
    def say(*_: object) -> str:
        logging.getLogger("urllib3").warning("cannot connect with %s", cloud.KEYS["k1"])
        return "nothing"

    with pytest.raises(LeakError, match=r"^logged a secret: cannot connect"):
        careless(score, say).post("/score", scoring())


def test_escapes_hide_nothing(cloud: cloud.Cloud) -> None:  # noqa: ARG001  it must be up
    given = event("POST", "/generate", body=generating(signals={**SIGNALS, "notes": ["Übt täglich Cello"]}))

    with pytest.raises(LeakError, match=r"^logged a caller's text: "):
        careless(load("generate"), lambda *_: "Übt täglich Cello").invoke(given)


def test_ids_are_no_secret(score: Function) -> None:
    answer = careless(score, lambda *_: "a-user-of-many-letters").post(
        "/score", scoring(user_id="a-user-of-many-letters")
    )

    assert answer.status == 200
