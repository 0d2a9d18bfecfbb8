"""POST /score[/{policy}[/{version}]]: which tip to show this user now."""

from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.s3_priors import S3Priors
from tipbandit.adapters.secrets import SecretsManagerKeys
from tipbandit.contracts.score import ScoreRequest, ScoreResponse
from tipbandit.policies.registry import resolve
from tipbandit.runtime.endpoint import endpoint
from tipbandit.runtime.http import Request
from tipbandit.runtime.settings import Settings
from tipbandit.runtime.telemetry import LambdaTelemetry
from tipbandit.usecases.score import Score

settings = Settings.from_env(needs_keys=True)
telemetry = LambdaTelemetry()
clock = SystemClock()
score = Score(
    store=DynamoStateStore.connect(settings.state_table, settings.timeouts),
    keys=SecretsManagerKeys.connect(settings.token_secret_id, clock),
    clock=clock,
    telemetry=telemetry,
    priors=S3Priors.connect(settings.prior_bucket, settings.priors, clock),
)


@endpoint(telemetry)
def handler(request: Request) -> ScoreResponse:
    """Answer one request."""
    policy = request.named_policy() or resolve()
    return score(policy, request.json(ScoreRequest), caller=request.caller())
