"""The handlers without I/O: how long they take, and what with."""

import json
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Final

from pydantic import BaseModel

from benchmarks.invocations import REMEMBERED, Call, Invocations, in_lambda
from benchmarks.stages import Place, Tally
from benchmarks.tables import Report
from benchmarks.timing import Times, race
from tipbandit import codec
from tipbandit.policies.registry import POLICIES
from tipbandit.runtime import endpoint, http, telemetry
from tipbandit.usecases import learning, reward, score

ROUNDS: Final = 60
CALLS: Final = 200
_POLICY: Final = POLICIES["egreedy/v2"]
_STAGES: Final = ("parse", "compute", "respond", "log", "rest")
_PLACES: Final[tuple[Place, ...]] = (
    *(("parse", http.Request, name) for name in ("named_policy", "json")),
    ("parse", reward, "from_token"),
    *(("compute", codec, name) for name in ("decode", "encode", "empty")),
    *(("compute", score, name) for name in ("encode_columns", "uuid7", "choose")),
    ("compute", learning, "learn"),
    *(("compute", codec.Remembered, name) for name in ("since", "and_then")),
    *(("respond", score, name) for name in ("to_token", "_answer")),
    ("respond", reward, "RewardResponse"),
    ("respond", BaseModel, "model_dump_json"),
    ("log", score, "_event"),
    ("log", reward.Reward, "_report"),
    *(("log", telemetry.LambdaTelemetry, name) for name in ("event", "count", "flush")),
    ("rest", endpoint, "_respond"),
)
"""Inside ``_respond`` what is in no stage is the wiring; outside of it, Powertools' logging context and the clock."""

_YARDSTICK: Final = "json, 100 candidates"
_TEXT: Final = json.dumps([{"tip_id": f"tip-{number:016}", "priority": number / 100} for number in range(100)])

_REMARKS: Final = f"""\
- The real handler, route, use case, codec, signature, logger and metrics; the store is a dictionary, what is printed
  goes nowhere. The state remembers {REMEMBERED} decisions.
- *parse*: JSON, validation, the policy of the path, a token's signature; *compute*: state from and to bytes, features,
  choose or learn; *respond*: sign, build and serialise the answer; *log*: the event, the metrics, Powertools' context;
  *rest*: the wiring between them.
- The shares were measured apart from the totals, by a stop-watch around each part that takes a little itself.
"""

Progress = Callable[[str], None]


def run(progress: Progress) -> Report:
    """Measure score for few and many candidates, and reward."""
    progress("handlers")
    with in_lambda():
        invocations = Invocations(_POLICY)
        calls = {
            "score, K=10": invocations.score(10),
            "score, K=50": invocations.score(50),
            "score, K=200": invocations.score(200),
            "reward": invocations.reward(),
        }
        times = race({**calls, _YARDSTICK: _parse_and_write}, rounds=ROUNDS)
        rows = [[name, *_cells(times[name], _shares(call))] for name, call in calls.items()]
    head = ["", "us", "spread", *(name for stage in _STAGES for name in (f"{stage} us", "%"))]
    title = f"Handlers without I/O: {_POLICY.key}, D={_POLICY.feature_set.dim}, microseconds of CPU"
    ratios = {f"{name} / {_YARDSTICK}": times[name].over(times[_YARDSTICK]) for name in calls}
    return Report(title, head, rows, _REMARKS, ratios)


def _parse_and_write() -> str:
    """Do what is no code of ours, and takes about as long as a call: a yardstick."""
    return json.dumps(json.loads(_TEXT))


def _cells(times: Times, shares: dict[str, float]) -> Iterator[str]:
    yield from (f"{times.median:.0f}", f"{times.spread:.0%}")
    for stage in _STAGES:
        yield from (f"{shares[stage] * times.median:.0f}", f"{shares[stage]:.0%}")


def _shares(call: Call) -> dict[str, float]:
    """Return each stage's share of a call: the median over the calls."""
    shares: dict[str, list[float]] = {stage: [] for stage in _STAGES}
    for _ in range(CALLS):
        tally = Tally()
        with tally.watching(_PLACES):
            started = time.thread_time_ns()
            call()
            whole = time.thread_time_ns() - started
        tally.taken["log"] += whole - sum(tally.taken.values())
        for stage, taken in shares.items():
            taken.append(tally.taken[stage] / whole)
    return {stage: median(taken) for stage, taken in shares.items()}
