"""GET /stats[/{policy}[/{version}]]: what the policies have learned about a user."""

from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.s3_priors import S3Priors
from tipbandit.contracts.stats import StatsRequest, StatsResponse
from tipbandit.runtime.endpoint import endpoint
from tipbandit.runtime.http import Request
from tipbandit.runtime.settings import Settings
from tipbandit.runtime.telemetry import LambdaTelemetry
from tipbandit.usecases.stats import Stats

settings = Settings.from_env(needs_keys=False)
telemetry = LambdaTelemetry()
stats = Stats(
    store=DynamoStateStore.connect(settings.state_table, settings.timeouts),
    telemetry=telemetry,
    priors=S3Priors.connect(settings.prior_bucket, settings.priors, SystemClock()),
)


@endpoint(telemetry)
def handler(request: Request) -> StatsResponse:
    """Answer one request."""
    return stats(request.named_policy(), request.query(StatsRequest), caller=request.caller())
