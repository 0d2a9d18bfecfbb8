"""An environment behaves as Lambda's: alone with its event, for so long, with what Lambda gives it."""

import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.environments import FunctionError, PoolBusyError
from local.options import PROGRAM, Options
from local.service import running
from local.storage import Configured
from tests.local.conftest import TOY, MakePool

WAIT_S = 30.0


def test_an_environment_has_what_lambda_gives_it(make_pool: MakePool) -> None:
    got: Any = make_pool("echo").invoke({"a": "é\n"}, "Root=1-0", WAIT_S)
    assert got["event"] == {"a": "é\n"}
    context, environment = got["context"], got["environment"]
    assert context["function_name"] == environment["AWS_LAMBDA_FUNCTION_NAME"] == "Toy"
    assert context["function_version"] == "$LATEST"
    assert context["invoked_function_arn"].endswith(":function:Toy")
    assert context["memory_limit_in_mb"] == environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert context["log_group_name"] == environment["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/Toy"
    assert context["log_stream_name"] == environment["AWS_LAMBDA_LOG_STREAM_NAME"]
    assert len(context["aws_request_id"]) == 36
    assert 0 < context["remaining_ms"] <= 10_000
    assert environment["_HANDLER"] == "app.echo"
    assert environment["_X_AMZN_TRACE_ID"] == "Root=1-0"
    assert environment["COLOUR"] == "red"
    assert got["layer"] == "toylayer"


def test_nothing_of_the_machines_own_aws_account_gets_in(make_pool: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "HTTPS_PROXY", "STATE_TABLE"):
        monkeypatch.setenv(name, "mine")
    environment = make_pool("echo").invoke({}, "", WAIT_S)["environment"]  # type: ignore[index]
    assert "mine" not in environment.values()
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_an_idle_environment_is_used_again(make_pool: MakePool) -> None:
    pool = make_pool("fail")
    assert pool.invoke({}, "", WAIT_S) == pool.invoke({}, "", WAIT_S)


def test_environments_run_one_event_at_a_time_and_side_by_side(make_pool: MakePool) -> None:
    pool = make_pool("slow", limit=2)
    with ThreadPoolExecutor(6) as callers:
        done: list[Any] = list(callers.map(lambda _: pool.invoke({"seconds": 0.1}, "", WAIT_S), range(6)))
    spans = defaultdict(list)
    for one in done:
        spans[one["pid"]].append((one["start"], one["end"]))
    assert len(spans) == 2
    for own in spans.values():
        own.sort()
        assert all(end <= start for (_, end), (start, _) in pairwise(own))


def test_beyond_the_limit_callers_wait_only_so_long(make_pool: MakePool) -> None:
    pool = make_pool("slow", limit=1)
    with ThreadPoolExecutor(1) as other:
        busy = other.submit(pool.invoke, {"seconds": 1}, "", WAIT_S)
        while not pool._busy:  # noqa: SLF001  (the other one must be first)
            pass
        with pytest.raises(PoolBusyError):
            pool.invoke({"seconds": 0}, "", 0.05)
        busy.result()


@pytest.mark.parametrize(
    ("how", "says"),
    [("raise", "ValueError: as asked"), ("unserialisable", "TypeError"), ("die", r"status 9$"), ("exit", r"status 3$")],
)
def test_a_failure_is_reported_and_the_next_event_is_served(
    make_pool: MakePool, tmp_path: Path, how: str, says: str
) -> None:
    pool = make_pool("fail", limit=1)
    with pytest.raises(FunctionError, match=says):
        pool.invoke({"how": how}, "", WAIT_S)
    assert isinstance(pool.invoke({}, "", WAIT_S), int)
    assert "[ERROR]" in (tmp_path / "Toy.log").read_text("utf-8")


def test_an_event_that_overruns_the_timeout_costs_the_environment(make_pool: MakePool, tmp_path: Path) -> None:
    pool = make_pool("fail", limit=1, timeout_s=0.2)
    before = pool.invoke({}, "", WAIT_S)
    with pytest.raises(FunctionError, match=r"Task timed out after 0\.20 seconds"):
        pool.invoke({"how": "hang"}, "", WAIT_S)
    assert "Task timed out" in (tmp_path / "Toy.log").read_text("utf-8")
    assert pool.invoke({}, "", WAIT_S) != before
    assert not _runs(before)


def test_an_environment_that_dies_idle_is_replaced_unnoticed(make_pool: MakePool) -> None:
    pool = make_pool("fail", limit=1)
    before = pool.invoke({}, "", WAIT_S)
    pool._idle[0].kill()  # noqa: SLF001  (as the kernel does when memory is short)
    assert pool.invoke({}, "", WAIT_S) != before


def test_a_handler_that_reads_standard_input_gets_nothing(make_pool: MakePool) -> None:
    assert make_pool("fail").invoke({"how": "read"}, "", WAIT_S) == ""


def test_what_a_handler_prints_goes_to_its_log(make_pool: MakePool, tmp_path: Path) -> None:
    make_pool("echo").invoke({}, "", WAIT_S)
    assert (tmp_path / "Toy.log").read_text("utf-8") == "echoed\n"


def test_closing_ends_every_environment_the_busy_ones_too(make_pool: MakePool) -> None:
    pool = make_pool("slow", limit=2)
    idle = pool.invoke({"seconds": 0}, "", WAIT_S)
    with ThreadPoolExecutor(1) as other:
        busy = other.submit(pool.invoke, {"seconds": 60}, "", WAIT_S)
        while not pool._busy:  # noqa: SLF001  (it must be running)
            pass
        pool.close()
        with pytest.raises(FunctionError):
            busy.result()
    assert not _runs(idle["pid"])  # type: ignore[index]
    with pytest.raises(PoolBusyError):
        pool.invoke({"seconds": 0}, "", WAIT_S)


def test_a_handler_that_cannot_be_imported_says_why(make_pool: MakePool) -> None:
    with pytest.raises(FunctionError, match="has no attribute 'absent'"):
        make_pool("absent")


def test_every_environment_is_configured_alike(make_pool: MakePool) -> None:
    pool = make_pool("echo", limit=1)
    pool.configure(Configured(5, 512, {"COLOUR": "blue"}))
    pool._idle[0].kill()  # noqa: SLF001  (its successor is the one to look at)
    assert pool.invoke({}, "", WAIT_S)["environment"]["COLOUR"] == "blue"  # type: ignore[index]


@pytest.mark.slow
def test_another_program_may_run_inside_and_be_told_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import os, runpy\nos.environ['RUN_BY'] = __file__\n"
    (tmp_path / "program.py").write_text(f"{program}runpy.run_path({str(PROGRAM)!r}, run_name='__main__')\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    told = {"VOLUME": "loud", "MORE": "told", "AWS_ENDPOINT_URL": "http://elsewhere"}
    options = Options(template=TOY / "template.yaml", state=Path("state"), program=Path("program.py"), variables=told)
    with running(options) as service:
        answer = httpx.post(f"{service.url}/echo", timeout=30, trust_env=False)
        environment = answer.json()["environment"]
        assert environment["AWS_ENDPOINT_URL"] == service.endpoint  # nothing leaves this machine, whatever is told
    assert environment["RUN_BY"] == str(tmp_path / "program.py")
    assert (environment["VOLUME"], environment["MORE"], environment["FLAG"]) == ("loud", "told", "true")


def _runs(pid: object) -> bool:
    try:
        os.kill(int(str(pid)), 0)
    except ProcessLookupError:
        return False
    return True
