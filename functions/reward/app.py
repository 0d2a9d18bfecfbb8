"""POST /reward[/{policy}[/{version}]]: how a decision turned out."""

from functools import partial

from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.adapters.s3_priors import S3Priors
from tipbandit.adapters.secrets import SecretsManagerKeys
from tipbandit.contracts.reward import RewardRequest, RewardResponse
from tipbandit.runtime.endpoint import endpoint
from tipbandit.runtime.http import Request
from tipbandit.runtime.settings import Settings
from tipbandit.runtime.telemetry import LambdaTelemetry
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.starting import version_for

settings = Settings.from_env(needs_keys=True)
telemetry = LambdaTelemetry()
clock = SystemClock()
store = DynamoStateStore.connect(settings.state_table, settings.timeouts)
priors = S3Priors.connect(settings.prior_bucket, settings.priors, clock)
reward = Reward(
    learner=Learner(
        store=store,
        clock=clock,
        window_ms=settings.window_ms,
        prior_for=partial(version_for, priors=priors, telemetry=telemetry),
    ),
    keys=SecretsManagerKeys.connect(settings.token_secret_id, clock),
    clock=clock,
    telemetry=telemetry,
)


@endpoint(telemetry)
def handler(request: Request) -> RewardResponse:
    """Answer one request."""
    named = request.named_policy()
    body = request.json(RewardRequest)
    return reward(named, body, within_s=min(settings.deadline_s, request.remaining_s), caller=request.caller())
