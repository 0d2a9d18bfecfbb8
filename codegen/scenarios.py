"""Requests and what the service really answers to them: the examples of the API description.

Everything is reproducible: the clock stands still unless told otherwise and chance comes from a seed. The hours are
those whose sine, cosine and exponential are the same double in every mathematics library, because a decision token
holds its features bit for bit; other numbers are shown to six decimals.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from codegen.bodies import BARE_MOMENT, MOMENT, QUESTION, USER, Body
from codegen.generation import Generation, silent, writer
from codegen.routes import Route
from codegen.service import Answer, Service
from tipbandit.errors import StoreUnavailableError

_DECIMALS: Final = 6
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, in a few words and in full, and what was answered to it."""

    summary: str
    request: Body
    answer: Answer


def successes(route: Route, path: str) -> dict[str, Exchange]:
    """Record what a route is for, by the name of the case.

    Raises:
        AssertionError: if one of the requests was refused.
    """
    exchanges = _SUCCESSES[route.name](concrete(path))
    assert all(each.answer.status == _OK for each in exchanges.values()), exchanges  # noqa: S101
    return exchanges


def concrete(path: str, policy: str = "egreedy") -> str:
    """Return a path with its parameters filled in."""
    return path.format(policy=policy, version="v2")


def decide(service: Service, path: str) -> Body:
    """Make the decision that a reward on ``path`` is for."""
    return service.post(path.replace("/reward", "/score", 1), QUESTION).body


def rounded(value: Any) -> Any:  # noqa: ANN401  a JSON tree
    """Return a tree whose numbers have few enough decimals to be the same on every machine."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return round(value, _DECIMALS) + 0.0 if isinstance(value, float) else value  # + 0.0: no negative zero


def _generate(path: str) -> dict[str, Exchange]:
    written = Service(generation=Generation(model=writer())).post(path, MOMENT)
    degraded = Service(generation=Generation(model=silent())).post(path, MOMENT)
    return {
        "written": Exchange("A language model writes", MOMENT, written),
        "by_rules": Exchange("The back end is the one without a model", MOMENT, Service().post(path, MOMENT)),
        "degraded": Exchange("The language model does not answer", MOMENT, degraded),
        "nothing_known": Exchange("Nothing is known of the moment", BARE_MOMENT, Service().post(path, BARE_MOMENT)),
    }


def _score(path: str) -> dict[str, Exchange]:
    blind = Service()
    blind.store.on_read = StoreUnavailableError("the table is down")
    return {
        "decided": Exchange("A user nothing is known about yet", QUESTION, Service().post(path, QUESTION)),
        "degraded": Exchange("The same, while the table is down", QUESTION, blind.post(path, QUESTION)),
    }


def _reward(path: str) -> dict[str, Exchange]:
    service = Service()
    first, second, third = (decide(service, path) for _ in range(3))
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
        decision = decide(service, path.replace("/stats", "/score", 1))["decision"]
        service.post("/reward", {"decision": decision, "reaction": reaction})
    return service


_SUCCESSES: Final[Mapping[str, Callable[[str], dict[str, Exchange]]]] = {
    "generate": _generate,
    "score": _score,
    "reward": _reward,
    "stats": _stats,
    "reset": _reset,
}
