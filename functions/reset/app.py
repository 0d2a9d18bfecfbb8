"""POST /reset: forget a user, every policy at once."""

from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.contracts.reset import ResetRequest, ResetResponse
from tipbandit.runtime.endpoint import endpoint
from tipbandit.runtime.http import Request
from tipbandit.runtime.settings import Settings
from tipbandit.runtime.telemetry import LambdaTelemetry
from tipbandit.usecases.reset import Reset

settings = Settings.from_env(needs_keys=False)
telemetry = LambdaTelemetry()
reset = Reset(
    store=DynamoStateStore.connect(settings.state_table, settings.timeouts),
    clock=SystemClock(),
    telemetry=telemetry,
    window_ms=settings.window_ms,
)


@endpoint(telemetry)
def handler(request: Request) -> ResetResponse:
    """Answer one request."""
    within_s = min(settings.deadline_s, request.remaining_s)
    return reset(request.json(ResetRequest), within_s=within_s, caller=request.caller())
