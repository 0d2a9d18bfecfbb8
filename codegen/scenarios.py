"""Requests and what the service really answers to them: the examples of the API description.

Everything is reproducible: the clock stands still unless told otherwise and chance comes from a seed. The hours are
those whose sine, cosine and exponential are the same double in every mathematics library, because a decision token
holds its features bit for bit; other numbers are shown to six decimals.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from codegen.routes import Route
from codegen.service import WINDOW_MS, Answer, Body, Service
from tipbandit import codec
from tipbandit.codec import Snapshot
from tipbandit.contracts.error import Code
from tipbandit.errors import StoreUnavailableError
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.registry import resolve
from tipbandit.ports import Record
from tipbandit.runtime.http import MAX_BODY_BYTES
from tipbandit.usecases.learning import MAX_REMEMBERED

USER: Final = "user-17"
QUESTION: Final[Body] = {
    "user_id": USER,
    "context": {"hour": 18, "weekday": 4},
    "candidates": [
        {"tip_id": "stretch-your-back", "priority": 0.8, "age_hours": 0, "prompt_version": "v1"},
        {"tip_id": "pay-the-rent", "priority": 0.4, "due_in_hours": 24, "age_hours": 72},
        {"tip_id": "call-your-mother"},
    ],
    "profile_features": {"completion_rate": 0.42, "dismiss_rate": 0.18, "mean_dwell_s": 12, "preferred_hour": 18},
}
_DECIMALS: Final = 6
_INVALID: Final[Mapping[str, Body]] = {
    "score": {**QUESTION, "context": {"hour": 24, "weekday": 4}, "candidates": [{"tip_id": "t", "priority": "high"}]},
    "reward": {"decision": "k1.forged", "reward": 2},
    "stats": {},
    "reset": {"user_id": "Ann Smith"},
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, in a few words and in full, and what was answered to it."""

    summary: str
    request: Body
    answer: Answer


def successes(route: Route, path: str) -> dict[str, Exchange]:
    """Record what a route is for, by the name of the case."""
    return _SUCCESSES[route.name](_concrete(path))


def refusal(route: Route, code: Code) -> Answer:
    """Record a route's answer with an error code.

    Raises:
        AssertionError: if the route answered something else.
    """
    service = Service()
    path = _concrete(route.paths[-1], "thompson") if code == "unknown_policy" else _concrete(route.paths[-1])
    body = _fit_body(service, route, _concrete(route.paths[-1]))
    if code in _FAULTS:
        _FAULTS[code](service, path)
    if code == "invalid_fields":
        body = _INVALID[route.name]
    if route.method == "get":
        answer = service.get(path, body)
    else:
        answer = service.post(path, _TEXTS.get(code, json.dumps)(body))
    assert answer.body.get("error", {}).get("code") == code, f"{path} answered {answer} instead of {code}"  # noqa: S101
    return answer


def rounded(value: Any) -> Any:  # noqa: ANN401  a JSON tree
    """Return a tree whose numbers have few enough decimals to be the same on every machine."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return round(value, _DECIMALS) + 0.0 if isinstance(value, float) else value  # + 0.0: no negative zero


def _concrete(path: str, policy: str = "egreedy") -> str:
    return path.format(policy=policy, version="v2")


def _policy_key(path: str) -> str:
    return resolve(*path.split("/")[2:]).key


def _fit_body(service: Service, route: Route, path: str) -> Body:
    if route.name == "score":
        return QUESTION
    if route.name == "reward":
        return {"decision": _decide(service, path)["decision"], "reaction": "completed"}
    return {"user_id": USER}


def _decide(service: Service, path: str) -> Body:
    return service.post(path.replace("/reward", "/score", 1), QUESTION).body


def _score(path: str) -> dict[str, Exchange]:
    blind = Service()
    blind.store.on_read = StoreUnavailableError("the table is down")
    return {
        "decided": Exchange("A user nothing is known about yet", QUESTION, Service().post(path, QUESTION)),
        "degraded": Exchange("The same, while the table is down", QUESTION, blind.post(path, QUESTION)),
    }


def _reward(path: str) -> dict[str, Exchange]:
    service = Service()
    first, second, third = (_decide(service, path) for _ in range(3))
    reaction = {"decision": first["decision"], "reaction": "completed"}
    number = {"decision": second["decision"], "reward": -0.5}
    shown = next(each for each in QUESTION["candidates"] if each["tip_id"] == third["tip_id"])
    rest = {name: QUESTION[name] for name in ("user_id", "context", "profile_features")}
    parts = {"decision_id": third["decision_id"], **rest, "candidate": shown, "reaction": "dismissed"}
    return {
        "reaction": Exchange("The token, and what the user did", reaction, service.post(path, reaction)),
        "duplicate": Exchange("The same once more", reaction, service.post(path, reaction)),
        "number": Exchange("The token, and a reward", number, service.post(path, number)),
        "without_token": Exchange("The token was lost", parts, service.post(path, parts)),
    }


def _stats(path: str) -> dict[str, Exchange]:
    service = _learned(path)
    query = {"user_id": USER}
    return {"learned": Exchange("After three rewards", query, service.get(path, query))}


def _reset(path: str) -> dict[str, Exchange]:
    body = {"user_id": USER}
    return {"cleared": Exchange("Forget a user", body, _learned("/stats").post(path, body))}


def _learned(path: str) -> Service:
    service = Service()
    for reaction in ("completed", "dismissed", "completed"):
        decision = _decide(service, path.replace("/stats", "/score", 1))["decision"]
        service.post("/reward", {"decision": decision, "reaction": reaction})
    return service


_SUCCESSES: Final[Mapping[str, Callable[[str], dict[str, Exchange]]]] = {
    "score": _score,
    "reward": _reward,
    "stats": _stats,
    "reset": _reset,
}


def _grow_old(service: Service, _path: str) -> None:
    service.clock.ms += WINDOW_MS + 1


def _reset_user(service: Service, _path: str) -> None:
    service.post("/reset", {"user_id": USER})


def _fill(service: Service, path: str) -> None:
    policy = resolve(*path.split("/")[2:])
    now_ms = service.clock.now_ms()
    ids = tuple(uuid7(now_ms, number.to_bytes(ENTROPY_BYTES, "big")) for number in range(MAX_REMEMBERED))
    blob = codec.encode(Snapshot(codec.empty(policy.feature_set).state, ids), policy.feature_set)
    service.store.records[USER, policy.key] = Record(blob, ver=MAX_REMEMBERED, updated_at_ms=now_ms)


def _damage(service: Service, path: str) -> None:
    _fill(service, path)
    key = (USER, _policy_key(path))
    record = service.store.records[key]
    service.store.records[key] = replace(record, blob=b"\0" + (record.blob or b"")[1:])


def _lose_dependencies(service: Service, _path: str) -> None:
    service.store.on_read = StoreUnavailableError("the table is down")
    service.keys.unreadable = True


def _lose_answers(service: Service, _path: str) -> None:
    service.store.on_write = StoreUnavailableError("no answer", maybe_committed=True)


def _have_a_bug(service: Service, _path: str) -> None:
    service.store.on_read = ZeroDivisionError()


_FAULTS: Final[Mapping[Code, Callable[[Service, str], None]]] = {
    "decision_before_reset": _reset_user,
    "decision_expired": _grow_old,
    "too_many_rewards": _fill,
    "state_corrupt": _damage,
    "unavailable": _lose_dependencies,
    "outcome_unknown": _lose_answers,
    "internal": _have_a_bug,
}
_TEXTS: Final[Mapping[Code, Callable[[Any], str]]] = {
    "malformed_body": lambda body: json.dumps(body)[:-1],
    "payload_too_large": lambda body: json.dumps(body) + " " * MAX_BODY_BYTES,
}
