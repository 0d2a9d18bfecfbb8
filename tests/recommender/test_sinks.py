"""Sinks: one line or one event a signal, none lost by threads or processes that write at once, none raised."""

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Any, Final
from uuid import UUID

import boto3
import pytest
from botocore.stub import Stubber

from tipbandit.contracts.score import Ranked
from tipbandit_recommender.sinks import MOST_BYTES, EventBridgeSink, JsonlSink, LogSink, ShadowSignal, Sink

DECISION: Final = UUID("019aac20-0000-7000-8000-000000000001")
WRITER: Final = """
import sys
from pathlib import Path
from tipbandit_recommender.sinks import JsonlSink, ShadowSignal

signal = ShadowSignal.model_validate_json(sys.argv[2])
sink = JsonlSink(Path(sys.argv[1]))
for number in range(100):
    sink.publish(signal.model_copy(update={"user_id": f"{sys.argv[3]}-{number}"}))
"""


def signal(user_id: str = "user-17", *, tips: int = 2) -> ShadowSignal:
    rows = (Ranked(tip_id=f"{number:0>100}", score=0.5, propensity=1 / tips) for number in range(tips))
    return ShadowSignal(
        signal="shadow:egreedy-v2-shadow",
        decision_id=DECISION,
        user_id=user_id,
        policy="egreedy/v2",
        tip_id="0" * 100,
        ranking=tuple(rows),
        agrees=False,
        degraded=False,
        latency_ms=1.5,
    )


def write(sink: Sink, each: ShadowSignal, name: str, count: int) -> None:
    """Publish a signal for ``count`` users."""
    for number in range(count):
        sink.publish(each.model_copy(update={"user_id": f"{name}-{number}"}))


class Bus:
    """boto3's client for EventBridge, as far as it is used; what ``refused`` numbers is refused."""

    def __init__(self, refused: Sequence[int] = ()) -> None:
        self.calls: list[list[dict[str, str]]] = []
        self.refused = refused

    def put_events(self, *, Entries: Sequence[Any]) -> Any:  # noqa: ANN401, D102, N803  as boto3 has it
        self.calls.append(list(Entries))
        outcomes = [
            {"ErrorCode": "Throttled"} if at in self.refused else {"EventId": "e"} for at in range(len(Entries))
        ]
        return {"FailedEntryCount": len(self.refused), "Entries": outcomes}


class BrokenBus:
    """Raises, or answers something else."""

    def __init__(self, outcome: object) -> None:
        self.outcome = outcome

    def put_events(self, *, Entries: Sequence[Any]) -> Any:  # noqa: ANN401, ARG002, D102, N803  as boto3 has it
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def test_a_log_line_is_the_signal_as_json(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        LogSink().publish(signal())
        LogSink(logging.getLogger("mine"), logging.WARNING).publish(signal())

    assert [(record.name, record.levelname) for record in caplog.records] == [
        ("tipbandit_recommender.signals", "INFO"),
        ("mine", "WARNING"),
    ]
    assert ShadowSignal.model_validate_json(caplog.messages[0]) == signal()


def test_lines_are_appended_to_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "signals.jsonl"
    for user in ("a", "b"):
        JsonlSink(file).publish(signal(user))

    assert [ShadowSignal.model_validate_json(line) for line in file.read_text().splitlines()] == [
        signal("a"),
        signal("b"),
    ]


def test_a_file_that_was_rotated_away_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "signals.jsonl"
    sink = JsonlSink(file)
    sink.publish(signal("a"))
    file.rename(tmp_path / "old.jsonl")
    sink.publish(signal("b"))

    assert json.loads(file.read_text())["user_id"] == "b"


def test_threads_and_processes_that_write_at_once_mix_no_lines(tmp_path: Path) -> None:
    """Lines of 200 candidates, 30 KB, longer than any buffer that would be flushed in the middle."""
    file, long = tmp_path / "signals.jsonl", signal(tips=200)
    command = [sys.executable, "-c", WRITER, str(file), long.model_dump_json()]
    processes = [subprocess.Popen([*command, f"p{number}"]) for number in range(2)]
    sink = JsonlSink(file)
    threads = [Thread(target=write, args=(sink, long, name, 100)) for name in ("t0", "t1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [process.wait() for process in processes] == [0, 0]
    written = [ShadowSignal.model_validate_json(line) for line in file.read_text().splitlines()]
    assert sorted(each.user_id for each in written) == sorted(
        f"{w}-{n}" for w in ("p0", "p1", "t0", "t1") for n in range(100)
    )
    assert {each.ranking for each in written} == {long.ranking}


def test_a_line_that_could_not_be_written_whole_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.write", lambda _file, line: len(line) - 1)

    with pytest.raises(OSError, match="bytes of a signal"):
        JsonlSink(tmp_path / "signals.jsonl").publish(signal())


def test_an_event_has_the_signals_name_as_its_type_and_the_signal_as_its_detail() -> None:
    bus = Bus()
    sink = EventBridgeSink(bus, "tips", "my.app")
    sink.publish(signal())
    assert bus.calls == []

    sink.flush()
    ((entry,),) = bus.calls
    assert ShadowSignal.model_validate_json(entry.pop("Detail")) == signal()
    assert entry == {"EventBusName": "tips", "Source": "my.app", "DetailType": "shadow:egreedy-v2-shadow"}


def test_ten_events_are_one_call() -> None:
    bus = Bus()
    sink = EventBridgeSink(bus)
    for number in range(25):
        sink.publish(signal(str(number)))
    sink.flush()
    sink.flush()

    assert [len(call) for call in bus.calls] == [10, 10, 5]
    assert [json.loads(entry["Detail"])["user_id"] for call in bus.calls for entry in call] == [*map(str, range(25))]
    assert (sink.sent, sink.failed) == (25, 0)


def test_events_too_large_for_one_call_together_are_several_calls() -> None:
    bus = Bus()
    sink = EventBridgeSink(bus)
    for number in range(20):
        sink.publish(signal(str(number), tips=200))
    sink.flush()

    sizes = [sum(len(entry["Detail"]) for entry in call) for call in bus.calls]
    assert sum(map(len, bus.calls)) == sink.sent == 20
    assert all(size < MOST_BYTES < size + 40_000 for size in sizes[:-1])


def test_what_the_bus_refuses_is_counted_and_logged_and_not_sent_again(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus(refused=(0, 7))
    sink = EventBridgeSink(bus)
    for number in range(10):
        sink.publish(signal(str(number)))
    sink.flush()

    assert (len(bus.calls), sink.sent, sink.failed) == (1, 8, 2)
    assert caplog.messages == ["EventBridge refused 2 of 10 signals: ['Throttled']"]


@pytest.mark.parametrize("outcome", [ConnectionError("user-17"), None, {}, {"Entries": None}])
def test_a_broken_bus_is_counted_and_logged_without_its_message(
    outcome: object, caplog: pytest.LogCaptureFixture
) -> None:
    sink = EventBridgeSink(BrokenBus(outcome))
    sink.publish(signal())
    sink.flush()

    assert (sink.sent, sink.failed) == (0, 1)
    assert "refused 1 of 1 signals" in caplog.text
    assert "user-17" not in caplog.text


def test_events_of_several_threads_are_all_sent_in_calls_of_ten_at_most() -> None:
    bus = Bus()
    sink = EventBridgeSink(bus)
    threads = [Thread(target=write, args=(sink, signal(), "user", 53)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sink.flush()

    assert sum(map(len, bus.calls)) == sink.sent == 4 * 53
    assert max(map(len, bus.calls)) == 10


def test_boto3_takes_what_is_sent() -> None:
    client = boto3.client("events", region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]})
        sink = EventBridgeSink(client)
        sink.publish(signal())
        sink.flush()

    assert (sink.sent, sink.failed) == (1, 0)
