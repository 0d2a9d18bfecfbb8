"""Route -> Lambda handler: parse, call, answer, log, count; no error leaves it."""

import time
from collections.abc import Callable
from typing import Any, Final

from pydantic import BaseModel

from tipbandit.runtime.http import Request, answer
from tipbandit.runtime.refusals import classify, refuse
from tipbandit.runtime.telemetry import Handler, LambdaTelemetry

_SERVER_FAULT: Final = 500
_MARGIN_S: Final = 0.25
"""Kept back from Lambda's timeout, so that the answer still gets out."""


def endpoint(telemetry: LambdaTelemetry) -> Callable[[Callable[[Request], BaseModel]], Handler]:
    """Return a decorator that makes a Lambda handler of a route, a function from a request to an answer model."""

    def decorate(route: Callable[[Request], BaseModel]) -> Handler:
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  Lambda's own
            started = time.perf_counter()
            response = _respond(route, telemetry, event, context)
            latency_ms = (time.perf_counter() - started) * 1000
            telemetry.flush(latency_ms=latency_ms, fault=response["statusCode"] >= _SERVER_FAULT)
            return response

        return telemetry.logging(handler)

    return decorate


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
