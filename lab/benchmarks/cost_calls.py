"""What one decision and one reward take, from the code that ships: CPU, bytes stored, sent and logged."""

import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

import numpy as np

from benchmarks import cost_wire, invocations, sizes
from benchmarks.cost_platform import access_line, platform_lines
from benchmarks.invocations import Call, Context, Invocations
from benchmarks.timing import race
from tipbandit import codec
from tipbandit.adapters.clock import SystemClock
from tipbandit.codec import Snapshot
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.policy import Policy, learn
from tipbandit.ports import Record
from tipbandit_lab.cost import usage
from tipbandit_lab.cost.usage import Log

ROUNDS: Final = 60
REWARDS: Final = 200
_USER: Final = "00000000-0000-0000-0000-000000000001"
_REQUEST: Final = "8f507cfc-0d1e-4697-b07a-ac58fc914c95"
_ARN: Final = "arn:aws:lambda:us-east-1:123456789012:function:tipbandit-ScoreFunction-0123456789AB:live"
_AS_DEPLOYED: Final = partial(
    Context,
    function_name="tipbandit-ScoreFunction-0123456789AB",
    invoked_function_arn=_ARN,
    aws_request_id=_REQUEST,
)


class _Tap(io.TextIOBase):
    """Takes what is printed; keeps it only while asked to."""

    kept: list[str] | None = None

    def write(self, text: str) -> int:
        if self.kept is not None:
            self.kept.append(text)
        return len(text)


_TAP: Final = _Tap()
"""One for the process: a logger holds on to the stream it was made with."""


@dataclass(frozen=True, slots=True)
class Lines:
    """One invocation: the body of its answer, and what it logged."""

    answer: str
    logged: tuple[str, ...]

    @property
    def event(self) -> Mapping[str, Any]:
        """The whole log line of the event."""
        (line,) = (json.loads(each) for each in self.logged if not _is_metrics(each))
        return dict(line)

    @property
    def metrics(self) -> int:
        """How many custom metrics it reported: names by what they are told apart by."""
        reports = [json.loads(each)["_aws"]["CloudWatchMetrics"] for each in self.logged if _is_metrics(each)]
        return sum(len(each["Metrics"]) * len(each["Dimensions"]) for report in reports for each in report)


@dataclass(frozen=True, slots=True)
class Measured:
    """The two calls, and one invocation of each."""

    score: usage.Call
    reward: usage.Call
    decision: Lines
    taught: Lines


def measured(
    policy: Policy, candidates: int, remembered: int, *, score_us: float | None = None, reward_us: float | None = None
) -> Measured:
    """Measure both calls; CPU that is given is taken instead of measuring it."""
    record = learned(policy, REWARDS, remembered)
    with deployed("score"):
        scoring = score_call(policy, record, candidates)
        decision = lines(scoring)
    with deployed("reward"):
        rewarding = reward_call(policy, record)
        taught = lines(rewarding)
        if score_us is None or reward_us is None:
            cpu = _cpu_us(scoring, rewarding, record, policy)
            score_us, reward_us = score_us or cpu[0], reward_us or cpu[1]
    score, reward = calls_of(policy, record, (decision, taught), (score_us, reward_us))
    return Measured(score, reward, decision, taught)


def calls_of(
    policy: Policy, record: Record, said: tuple[Lines, Lines], cpu_us: tuple[float, float]
) -> tuple[usage.Call, usage.Call]:
    """Return a decision and a reward of the user with that record, from what they said and took."""
    size = sizes.item_bytes(record, policy.key)
    score = usage.Call(
        cpu_us=cpu_us[0], store_calls=1, item_bytes=size, consistent=False, **_sent(said[0], "POST /score")
    )
    reward = usage.Call(
        cpu_us=cpu_us[1],
        store_calls=2,
        item_bytes=size,
        consistent=True,
        written_bytes=sizes.item_bytes(_rewarded(policy, record), policy.key),
        **_sent(said[1], "POST /reward"),
    )
    return score, reward


def _rewarded(policy: Policy, record: Record) -> Record:
    """Return a record that remembers one more decision."""
    before = codec.decode(record.blob or b"", policy.feature_set)
    return record_of(policy, Snapshot(before.state, (*before.rewarded, *ids(1))))


def _cpu_us(scoring: Call, rewarding: Call, record: Record, policy: Policy) -> tuple[float, float]:
    """Return the handlers' CPU, with that of the client that carries their calls of DynamoDB, in microseconds."""
    handlers = race({"score": scoring, "reward": rewarding}, rounds=ROUNDS)
    wire = cost_wire.calls(record, _USER, policy.key)
    read, write = wire["read"].median, wire["write"].median
    return handlers["score"].median + read, handlers["reward"].median + read + write


def _sent(call: Lines, route: str) -> dict[str, Any]:
    events = [each for each in call.logged if not _is_metrics(each)]
    metrics = [each for each in call.logged if _is_metrics(each)]
    return {
        "answer_bytes": len(call.answer.encode()),
        "logs": {
            "the event": _log(events),
            "metrics": _log(metrics),
            "Lambda's own lines": _log(platform_lines()),
            "API's access log": _log([access_line(route, len(call.answer))]),
        },
    }


def _log(texts: Sequence[str]) -> Log:
    return Log(len(texts), sum(len(text.encode()) for text in texts))


def _is_metrics(line: str) -> bool:
    return line.startswith('{"_aws"')


def learned(policy: Policy, rewards: int, remembered: int) -> Record:
    """Return the record of a user with so many rewards, of whose decisions so many are remembered."""
    rng = np.random.default_rng(0)
    state = codec.empty(policy.feature_set).state
    for _ in range(rewards):
        state = learn(policy, state, rng.uniform(-1, 1, policy.feature_set.dim), rng.uniform(-1, 1))
    return record_of(policy, Snapshot(state, ids(remembered)))


def record_of(policy: Policy, snapshot: Snapshot) -> Record:
    """Return the record in which a snapshot is stored now."""
    blob = codec.encode(snapshot, policy.feature_set)
    return Record(blob, ver=max(1, snapshot.state.n), updated_at_ms=SystemClock().now_ms())


def ids(count: int) -> tuple[UUID, ...]:
    """Return ids of so many decisions of just now."""
    now_ms = SystemClock().now_ms()
    return tuple(uuid7(now_ms, number.to_bytes(ENTROPY_BYTES, "big")) for number in range(count))


@contextmanager
def deployed(function: str) -> Iterator[None]:
    """Have functions log as they do in Lambda, under the name of one; what they print goes to the tap."""
    names = {"POWERTOOLS_SERVICE_NAME": function, "POWERTOOLS_METRICS_NAMESPACE": "tipbandit"}
    with patch.dict(os.environ, names), patch.object(invocations, "Context", _AS_DEPLOYED), redirect_stdout(_TAP):
        yield


def score_call(policy: Policy, record: Record, candidates: int) -> Call:
    """Return a call that scores so many candidates for the user with that record."""
    return _holding(policy, record).score(candidates)


def reward_call(policy: Policy, record: Record) -> Call:
    """Return a call that applies a reward to that record, each time the one it was."""
    return _holding(policy, record).reward()


def _holding(policy: Policy, record: Record) -> Invocations:
    prepared = Invocations(policy)
    (user,) = prepared.store.records
    prepared.store.records[user] = record
    return prepared


def lines(call: Callable[[], Mapping[str, Any]]) -> Lines:
    """Call, and return what was asked, answered and logged."""
    _TAP.kept = []
    try:
        answer = call()
        logged = tuple("".join(_TAP.kept).splitlines())
    finally:
        _TAP.kept = None
    return Lines(answer["body"], logged)
