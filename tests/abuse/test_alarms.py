"""No caller can ring an alarm: all of the hostile corpus leaves what the template's alarms watch where it was."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

import pytest

from local import payload, template
from local.gateway import BODY_LIMIT, Router
from tests.fuzz.corpus import DECISION, Hostile, corpus
from tests.infra.deployed import ROOT
from tests.infra.observed import counted
from tests.support.bodies import decision_id
from tests.support.cloud import emulated
from tests.support.lambdas import NAMES, Function, Invocation, load
from tests.support.payload import event as payload_of
from tipbandit.ports import Counter

ROUTER: Final = Router(template.read(ROOT / "template.yaml").routes)
COMPARED_WITH: Final = {"Decisions"}
"""What is counted for an alarm only to compare something else with."""
BAD: Final = ("Fault", Counter.CORRUPT, Counter.DEGRADED, Counter.SET_ASIDE)
SERVER_FAULT: Final = 500


@pytest.fixture(scope="module")
def functions() -> Iterator[dict[str, Function]]:
    with emulated():
        yield {name: load(name) for name in NAMES}


def event(hostile: Hostile) -> tuple[str, dict[str, Any]] | None:
    """The function a request reaches, and its event; None where API Gateway answers by itself."""
    target, _, query = hostile.path.partition("?")
    found = ROUTER.match(hostile.method, target)
    if found is None or len(hostile.body) > BODY_LIMIT:
        return None
    route, parameters = found
    headers = {} if hostile.content_type is None else {"content-type": hostile.content_type}
    body = hostile.body.replace(DECISION.encode(), decision_id().encode())
    request = payload.Request(hostile.method, unquote(target), query, "HTTP/1.1", headers, body, "192.0.2.10")
    return route.function.removesuffix("Function").lower(), payload.event(request, route, parameters)


def alarms(name: str, answer: Invocation) -> set[str]:
    """What alarms would see of an invocation: log lines that are counted, faults, answers 5xx."""
    seen = counted(name, answer.logs) - COMPARED_WITH
    seen |= {counter for counter in BAD for line in answer.metrics if sum(line.get(counter, [0])) > 0}
    return seen | ({"5xx"} if answer.status >= SERVER_FAULT else set())


def test_a_fault_would_be_seen(functions: dict[str, Function]) -> None:
    """The check itself, with an event that API Gateway never sends."""
    broken = {"queryStringParameters": {"user_id": "u"}, "pathParameters": 7}
    answer = functions["stats"].invoke({**payload_of("GET", "/stats"), **broken})
    assert alarms("stats", answer) == {"StatsFailures", "Fault", "5xx"}


def test_no_hostile_request_rings_an_alarm(functions: dict[str, Function]) -> None:
    """Not even an exception leaves a handler: that would fail the test by itself."""
    rung, asked = {}, 0
    for hostile in corpus():
        found = event(hostile)
        if found is None:
            continue
        name, made = found
        answer = functions[name].invoke(made)
        asked += 1
        assert answer.status == hostile.status, hostile.name
        if seen := alarms(name, answer):
            rung[hostile.name] = seen
    assert rung == {}
    assert asked > 500
