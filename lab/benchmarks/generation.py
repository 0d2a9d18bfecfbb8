"""Generate without the model: the handler, its parts, and what loading a prompt costs, beside the libraries alone."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import jinja2
import yaml
from pydantic import BaseModel

from benchmarks.invocations import Context, in_lambda
from benchmarks.tables import Report
from benchmarks.timing import Times, race
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.llm.template import TemplateModel
from tipbandit.adapters.memory_generation import MemoryLedger
from tipbandit.adapters.s3_prompts import S3Prompts
from tipbandit.context.assemble import assemble
from tipbandit.context.model import PromptContext
from tipbandit.contracts.generate import GenerateRequest
from tipbandit.ports.generation import Ask, Completion, LanguageModel
from tipbandit.prompts.prompt import load
from tipbandit.runtime.endpoint import endpoint
from tipbandit.runtime.http import Request
from tipbandit.runtime.telemetry import Handler, LambdaTelemetry
from tipbandit.tips.reading import read
from tipbandit.usecases.asking import Asker
from tipbandit.usecases.generate import Generate

ROUNDS: Final = 40
_PROMPTS: Final = Path(__file__).parents[2] / "shared/prompts"
_VERSION: Final = "v1"
_ANSWER: Final = json.dumps(
    {
        "tips": [
            {"text": f"Do thing number {n} for five minutes now.", "kind": "task", "priority": 0.5} for n in range(5)
        ]
    }
)
_REMARKS: Final = """\
- The real handler, use case, prompt, rules, logger and metrics; the model's answer, the ledger and the bucket's bytes
  are at hand, what is printed goes nowhere. A call of a language model takes a thousand times as long.
- *220 signals* are 200 tasks, 10 reactions and 10 notes. *Jinja alone*: the same template in a plain Jinja environment,
  with the same values, nothing quoted; *YAML alone*: PyYAML's safe loader.
- *first load* reads, checks and compiles a prompt version, as a cold start does once; *cached* is what every request
  pays while the copy is fresh; *revalidated* is one in a minute (S3's own time comes on top).
"""

Progress = Callable[[str], None]
Piece = Callable[[], Any]


def run(progress: Progress) -> Report:
    """Measure the handler for few and many signals, and its parts for many."""
    progress("generation")
    with in_lambda():
        pieces = {**_handlers(), **_parts(), **_loads()}
        times = race(pieces, rounds=ROUNDS)
    rows = [[name, *_cells(times[name], times.get(_BESIDE.get(name, "")))] for name in pieces]
    head = ["", "us", "spread", "ratio", "beside"]
    for row in rows:
        row.append(_BESIDE.get(row[0], ""))
    ratios = {f"{name} / {other}": times[name].over(times[other]) for name, other in _BESIDE.items()}
    return Report("Generate without the model, microseconds of CPU", head, rows, _REMARKS, ratios)


_BESIDE: Final[Mapping[str, str]] = {
    "handler, 220 signals": "request parsed, 220 signals",
    "context assembled, 220 signals": "request parsed, 220 signals",
    "prompt rendered, 220 signals": "Jinja alone",
    "prompt: first load": "YAML alone",
    "prompt: revalidated": "prompt: cached",
}
"""What a piece is compared with, in the same run."""


def _cells(times: Times, beside: Times | None) -> Iterator[str]:
    yield f"{times.median:.1f}" if times.median < 100 else f"{times.median:.0f}"  # noqa: PLR2004  enough digits
    yield f"{times.spread:.0%}"
    yield "" if beside is None else f"{times.over(beside):.1f}"


def _handlers() -> dict[str, Piece]:
    """Whole invocations: by rules, and with a model that answers at once."""
    bucket = _prompts()
    return {
        "handler, no signals": _invocation(_handler(bucket, _Instant()), {}),
        "handler, 220 signals": _invocation(_handler(bucket, _Instant()), _signals()),
        "handler, 220 signals, by rules": _invocation(_handler(bucket, TemplateModel()), _signals()),
    }


def _parts() -> dict[str, Piece]:
    """What an invocation is made of."""
    body = json.dumps(_body(_signals())).encode()
    request = GenerateRequest.model_validate_json(body)
    context = assemble(request.signals, None, n=5)
    raw = (_PROMPTS / f"{_VERSION}.yaml").read_bytes()
    prompt = load(_VERSION, raw)
    alone = jinja2.Environment(trim_blocks=True, lstrip_blocks=True).from_string(prompt.template.user)  # noqa: S701
    values = {name: getattr(context, name) for name in PromptContext.model_fields}
    return {
        "request parsed, 220 signals": partial(GenerateRequest.model_validate_json, body),
        "context assembled, 220 signals": lambda: assemble(request.signals, None, n=5),
        "prompt rendered, 220 signals": lambda: prompt.user(context),
        "Jinja alone": lambda: alone.render(values),
        "answer read, 5 tips": lambda: read(_ANSWER, prompt.template.output_schema, _VERSION),
    }


def _loads() -> dict[str, Piece]:
    """A prompt version loaded for the first time, from the cache, and revalidated."""
    raw = (_PROMPTS / f"{_VERSION}.yaml").read_bytes()
    fresh, stale = _prompts(), _prompts(_Impatient())
    return {
        "prompt: first load": lambda: load(_VERSION, raw),
        "YAML alone": lambda: yaml.safe_load(raw),
        "prompt: cached": lambda: fresh.get(_VERSION),
        "prompt: revalidated": lambda: stale.get(_VERSION),
    }


class _Instant:
    """A language model that has its answer ready."""

    metered = True

    def complete(self, ask: Ask, *, within_s: float) -> Completion:  # noqa: ARG002
        return Completion(_ANSWER, "instant", input_tokens=100, output_tokens=50)


class _Bucket:
    """Answers as an S3 client does, at once."""

    def get_object(self, *, Key: str, IfNoneMatch: str | None = None, **_: object) -> dict[str, Any]:  # noqa: N803
        raw = (_PROMPTS / Path(Key).name).read_bytes()
        if IfNoneMatch is not None:
            raise _not_modified()
        return {"Body": io.BytesIO(raw), "ETag": '"etag"', "ContentLength": len(raw)}


def _not_modified() -> Exception:
    from botocore.exceptions import ClientError  # noqa: PLC0415  only here

    answer = {"Error": {"Code": "304", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 304}}
    return ClientError(answer, "GetObject")  # type: ignore[arg-type]


class _Impatient(SystemClock):
    """A clock on which every copy is old."""

    seconds = 0.0

    def monotonic(self) -> float:
        self.seconds += 3600.0
        return self.seconds


def _prompts(clock: SystemClock | None = None) -> S3Prompts:
    return S3Prompts("bucket", _Bucket(), clock or SystemClock(), LambdaTelemetry())


def _handler(prompts: S3Prompts, model: LanguageModel) -> Handler:
    clock, telemetry = SystemClock(), LambdaTelemetry()
    asker = Asker(model, MemoryLedger(), clock, telemetry, 10**12, 12.0)
    generate = Generate(prompts, asker, TemplateModel(), clock, telemetry, _VERSION)

    @endpoint(telemetry)
    def handler(request: Request) -> BaseModel:
        return generate(request.json(GenerateRequest), within_s=request.remaining_s)

    return handler


def _invocation(handler: Handler, signals: Mapping[str, Any]) -> Piece:
    event = {
        "version": "2.0",
        "routeKey": "POST /generate",
        "requestContext": {"requestId": "JKJaXmPLvHcESHA="},
        "body": json.dumps(_body(signals)),
        "isBase64Encoded": False,
    }
    call = partial(handler, event, Context())
    if call()["statusCode"] != 200:  # noqa: PLR2004  HTTP's own
        raise RuntimeError(f"/generate answers {call()}")
    return call


def _body(signals: Mapping[str, Any]) -> dict[str, Any]:
    return {"user_id": "00000000-0000-0000-0000-000000000001", "signals": signals, "n": 5}


def _signals() -> dict[str, Any]:
    tasks = [{"title": f"Task number {n}", "due_in_hours": (n * 37) % 200, "priority": n % 10 / 10} for n in range(200)]
    reactions = [{"reaction": "completed", "kind": "habit", "text": "Stretch.", "hours_ago": n} for n in range(10)]
    notes = [f"note number {n} about nothing much" for n in range(10)]
    time = {"hour": 8.5, "weekday": 0}
    return {"open_tasks": tasks, "reactions": reactions, "notes": notes, "local_time": time, "locale": "en"}
