"""Every refusal, provoked: a route has an error code because it was made to answer with it."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from codegen.bodies import INVALID, MOMENT, QUESTION, USER, Body
from codegen.generation import DEFAULT_VERSION, silent, writer
from codegen.routes import Route
from codegen.scenarios import concrete, decide
from codegen.service import WINDOW_MS, Answer, Service
from tipbandit import codec
from tipbandit.adapters.memory_generation import ScriptedModel
from tipbandit.codec import Snapshot
from tipbandit.contracts.error import Code
from tipbandit.errors import StateCorruptError, StoreUnavailableError
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import resolve
from tipbandit.ports import Record
from tipbandit.runtime.http import MAX_BODY_BYTES
from tipbandit.usecases.learning import MAX_REMEMBERED


def refusal(route: Route, code: Code) -> Answer:
    """Record a route's answer with an error code.

    Raises:
        AssertionError: if the route answered something else.
    """
    service = Service()
    path = concrete(route.paths[-1])
    body = INVALID[route.name] if code == "invalid_fields" else _fit_body(service, route, path)
    if code in _FAULTS:
        _FAULTS[code](service, path)
    if code == "unknown_policy":
        path = concrete(route.paths[-1], "thompson")
    if code == "unknown_prompt":
        body = {**body, "prompt_version": "v99"}
    if route.method == "get":
        answer = service.get(path, body)
    else:
        answer = service.post(path, _TEXTS.get(code, json.dumps)(body))
    assert answer.body.get("error", {}).get("code") == code, f"{path} answered {answer} instead of {code}"  # noqa: S101
    return answer


def _fit_body(service: Service, route: Route, path: str) -> Body:
    if route.name == "generate":
        return {**MOMENT, "fallback": False}
    if route.name == "score":
        return QUESTION
    if route.name == "reward":
        return {"decision": decide(service, path)["decision"], "reaction": "completed"}
    return {"user_id": USER}


def _named_policy(path: str) -> Policy:
    return resolve(*path.split("/")[2:])


def _come_from_another_user(service: Service, _path: str) -> None:
    service.authorised["stageVariables"] = {"user_claim": "sub"}
    service.authorised["requestContext"] = {"authorizer": {"jwt": {"claims": {"sub": "u-2"}}}}


def _grow_old(service: Service, _path: str) -> None:
    service.clock.ms += WINDOW_MS + 1


def _reset_user(service: Service, _path: str) -> None:
    service.post("/reset", {"user_id": USER})


def _fill(service: Service, path: str) -> None:
    policy = _named_policy(path)
    now_ms = service.clock.now_ms()
    ids = tuple(uuid7(now_ms, number.to_bytes(ENTROPY_BYTES, "big")) for number in range(MAX_REMEMBERED))
    blob = codec.encode(Snapshot(codec.empty(policy.feature_set).state, ids), policy.feature_set)
    service.store.records[USER, policy.key] = Record(blob, ver=MAX_REMEMBERED, updated_at_ms=now_ms)


def _store_what_is_none_of_ours(service: Service, _path: str) -> None:
    service.store.on_read = StateCorruptError("a stored item is not one this service wrote")


def _use_up_tokens(service: Service, _path: str) -> None:
    service.generation.model = writer()
    service.generation.ceiling = 100


def _misspell_a_placeholder(service: Service, _path: str) -> None:
    documents = service.generation.documents
    wrong = documents[DEFAULT_VERSION].replace(b"{{ now }}", b"{{ mow }}")
    service.generation.documents = {**documents, DEFAULT_VERSION: wrong}


def _lose_dependencies(service: Service, _path: str) -> None:
    service.store.on_read = StoreUnavailableError("the table is down")
    service.keys.unreadable = True
    service.generation.model = silent()


def _lose_answers(service: Service, _path: str) -> None:
    service.store.on_write = StoreUnavailableError("no answer", maybe_committed=True)


def _have_a_bug(service: Service, _path: str) -> None:
    service.store.on_read = ZeroDivisionError()
    service.generation.model = ScriptedModel([ZeroDivisionError()])


_FAULTS: Final[Mapping[Code, Callable[[Service, str], None]]] = {
    "forbidden": _come_from_another_user,
    "decision_before_reset": _reset_user,
    "decision_expired": _grow_old,
    "too_many_rewards": _fill,
    "token_ceiling": _use_up_tokens,
    "prompt_invalid": _misspell_a_placeholder,
    "state_corrupt": _store_what_is_none_of_ours,
    "unavailable": _lose_dependencies,
    "outcome_unknown": _lose_answers,
    "internal": _have_a_bug,
}
_TEXTS: Final[Mapping[Code, Callable[[Any], str]]] = {
    "malformed_body": lambda body: json.dumps(body)[:-1],
    "payload_too_large": lambda body: json.dumps(body) + " " * MAX_BODY_BYTES,
}
