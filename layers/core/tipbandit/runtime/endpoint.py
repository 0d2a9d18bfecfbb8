"""Route -> Lambda handler: parse, call, answer, log, count; no error leaves it."""

import gc
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from tipbandit.runtime.http import Request, answer
from tipbandit.runtime.refusals import classify, refuse
from tipbandit.runtime.telemetry import Handler, LambdaTelemetry

_SERVER_FAULT: Final = 500
_YOUNG: Final = 10_000
"""New objects before a look for cycles among them; a request with 50 candidates makes about a thousand."""
_MARGIN_S: Final = 0.25
"""Kept back from Lambda's timeout, so that the answer still gets out."""


def endpoint(telemetry: LambdaTelemetry) -> Callable[[Callable[[Request], BaseModel]], Handler]:
    """Return a decorator that makes a Lambda handler of a route, a function from a request to an answer model."""
    _settle()

    def decorate(route: Callable[[Request], BaseModel]) -> Handler:
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  Lambda's own
            started = time.perf_counter()
            response = _respond(route, telemetry, event, context)
            latency_ms = (time.perf_counter() - started) * 1000
            telemetry.flush(latency_ms=latency_ms, fault=response["statusCode"] >= _SERVER_FAULT)
            return response

        return telemetry.logging(handler)

    return decorate


@cache
def _settle() -> None:
    """Leave what there is now alone for good: it stays, and no look for garbage need pass over it again.

    Once: what is garbage when a process does this stays too. Requests leave few cycles behind, and many objects.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG)


def _respond(
    route: Callable[[Request], BaseModel],
    telemetry: LambdaTelemetry,
    event: dict[str, Any],
    context: Any,  # noqa: ANN401  Lambda's own
) -> dict[str, Any]:
    try:
        remaining_s = context.get_remaining_time_in_millis() / 1000 - _MARGIN_S
        return answer(200, route(Request(event, remaining_s)).model_dump_json())
    except Exception as error:  # noqa: BLE001  the last line of defence: every error becomes an answer
        status, code = classify(error)
        telemetry.refused(status, code, error)
        return refuse(error)
