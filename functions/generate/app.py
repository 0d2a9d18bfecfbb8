"""POST /generate: write tips for a moment."""

from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.llm import choice
from tipbandit.adapters.llm.template import TemplateModel
from tipbandit.adapters.s3_prompts import S3Prompts
from tipbandit.adapters.token_ledger import DynamoTokenLedger
from tipbandit.contracts.generate import GenerateRequest, GenerateResponse
from tipbandit.runtime.endpoint import endpoint
from tipbandit.runtime.generate_settings import GenerateSettings
from tipbandit.runtime.http import Request
from tipbandit.runtime.telemetry import LambdaTelemetry
from tipbandit.usecases.asking import Asker
from tipbandit.usecases.generate import Generate

settings = GenerateSettings.from_env()
telemetry = LambdaTelemetry()
clock = SystemClock()
generate = Generate(
    prompts=S3Prompts.connect(settings.prompt_bucket, clock, telemetry),
    asker=Asker(
        model=choice.connect(settings.model, clock),
        ledger=DynamoTokenLedger.connect(settings.state_table, settings.timeouts),
        clock=clock,
        telemetry=telemetry,
        ceiling=settings.token_ceiling,
        call_s=settings.model.call_s,
    ),
    rules=TemplateModel(),
    clock=clock,
    telemetry=telemetry,
    default_version=settings.default_prompt_version,
)


@endpoint(telemetry)
def handler(request: Request) -> GenerateResponse:
    """Answer one request."""
    within_s = min(settings.deadline_s, request.remaining_s)
    return generate(request.json(GenerateRequest), within_s=within_s, caller=request.caller())
