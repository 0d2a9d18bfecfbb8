"""The service itself on this machine: the newcomer's session, and the proof that it learns."""

import json
import math
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from uuid import UUID

import httpx
import numpy as np
import pytest
from rich.console import Console
from rich.progress import Progress

from local.demo import Caller, play
from local.options import Options, StartError
from local.report import MIND_READER, RANDOM, Result, plot, print_result
from local.service import Service, running
from local.session import Session, SessionError
from local.simulation import month
from tipbandit.policies.registry import POLICIES
from tipbandit_recommender import Client, Recommender, Shadows
from tipbandit_recommender.sinks import LogSink


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(Options(state=tmp_path_factory.mktemp("service"))) as service:
        yield service


@pytest.mark.slow
def test_the_first_session_tells_its_story(service: Service) -> None:
    console = Console(record=True, file=StringIO(), width=200)
    Session(console, service.url).run()
    told = console.export_text()
    assert '"model": "template"' in told
    assert re.search(r'^3\. ".+[.!]" is shown, and waved away\.$', told, re.MULTILINE)
    assert '{"applied": true, "policy": "linucb/v1", "n": 1}' in told
    assert re.search(r"^    score \+\d\.\d{3} -> -\d\.\d{3}  Pay the rent: due in 5 hours", told, re.MULTILINE)
    assert '"mean_reward": -1.0' in told


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_same_works_from_a_shell(service: Service, shell: str) -> None:
    console = Console(record=True, file=StringIO(), width=200)
    session = Session(console, service.url)
    session.show_curl()
    lines = [line for line in console.export_text().splitlines() if line.startswith("  ")]
    environment = {**os.environ, "no_proxy": "127.0.0.1"}
    command = [shell, "-eu", "-c", "\n".join(lines)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert '"text":"Pay the rent' in ran.stdout
    assert '"applied":true' in ran.stdout
    assert f'"user_id":"{session.user_id}"' in ran.stdout
    assert '"mean_reward":1.0' in ran.stdout


def test_a_session_with_nobody_there_ends_in_one_line() -> None:
    with pytest.raises(SessionError, match="POST /generate was not answered"):
        Session(Console(quiet=True), "http://127.0.0.1:1").run()


@pytest.mark.slow
def test_learning_beats_chance_over_http(service: Service) -> None:
    """Three simulated days; in 150 runs of them the advantage of linucb/v1 was never below 0.25."""
    with Progress(console=Console(quiet=True)) as progress:
        result = play(service.url, seed=7, days=3, progress=progress)
    assert list(result.rewards) == [RANDOM, *POLICIES, MIND_READER]
    assert result.advantage("linucb/v1")[0] > 0
    for key, policy in POLICIES.items():
        assert list(result.theta[key]) == list(policy.feature_set.names)


@pytest.mark.parametrize(
    ("url", "says"),
    [("http://127.0.0.1:1", "POST /score/linucb/v1 was not answered"), ("127.0.0.1", "the address must")],
)
def test_a_service_that_is_not_there_is_one_clear_line(url: str, says: str) -> None:
    with Progress(console=Console(quiet=True)) as progress, pytest.raises(StartError, match=says):
        play(url, seed=7, days=1, progress=progress)


def test_a_caller_sends_along_what_it_has_seen() -> None:
    """Shown are the first tips of three moments, none of them wanted: of the fourth request's profile all is known."""
    sent: list[dict[str, object]] = []
    client = Client("http://service", transport=httpx.MockTransport(lambda request: _answer(request, sent)))
    caller = Caller(Recommender(client, Shadows(client.score, LogSink()), policy="egreedy/v2"), "ann")
    moments = month(3, days=1, moments=4, tips=2)
    dismissed = [replace(moment, reactions=("dismissed", "completed")) for moment in moments]
    assert [caller(moment) for moment in dismissed] == [0, 0, 0, 0]
    asked = [body["profile_features"] for body in sent if "candidates" in body]
    assert asked[0] == {}
    assert asked[3] == {"completion_rate": 0.0, "dismiss_rate": 1.0, "tips_30d": 3}
    assert [body["reaction"] for body in sent if "decision" in body] == ["dismissed"] * 4


def _answer(request: httpx.Request, sent: list[dict[str, object]]) -> httpx.Response:
    """The first tip, whatever is asked."""
    body = json.loads(request.content)
    sent.append(body)
    if request.url.path == "/reward":
        return httpx.Response(200, json={"applied": True, "policy": "egreedy/v2", "n": len(sent) // 2})
    tip_id = body["candidates"][0]["tip_id"]
    answer = {"decision_id": str(UUID(int=0)), "decision": "token", "policy": "egreedy/v2", "degraded": False}
    ranking = [{"tip_id": tip_id, "score": 0.0, "propensity": 1.0}]
    return httpx.Response(200, json={**answer, "tip_id": tip_id, "propensity": 1.0, "ranking": ranking})


def test_everybody_meets_the_same_month() -> None:
    assert month(3, days=2, moments=3, tips=4) == month(3, days=2, moments=3, tips=4)
    assert month(3, days=2, moments=3, tips=4) != month(4, days=2, moments=3, tips=4)


def test_the_advantage_is_the_paired_difference_of_the_days() -> None:
    """Days 1, 2, 3 minus days 0, 0, 0: mean 2, standard deviation 1, standard error 1/sqrt(3)."""
    result = _result(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 2.0]]))
    assert result.advantage("linucb/v1") == pytest.approx((2.0, 1 / math.sqrt(3)))


def test_the_report_names_the_gain_and_draws_it(tmp_path: Path) -> None:
    result = _result(np.tile([[1.0, 0.0], [0.5, 0.5]], (15, 1)) + np.arange(30)[:, None] / 100)
    console = Console(record=True, file=StringIO(), width=200, soft_wrap=True)
    print_result(console, result)
    plot(result, tmp_path / "demo.png")
    told = console.export_text()
    assert "linucb/v1  against random: +0.645 reward a tip" in told
    assert "better on 30 of 30 days; 64% of what a mind reader gains" in told
    assert "3 answers were degraded" in told
    assert (tmp_path / "demo.png").read_bytes().startswith(b"\x89PNG")


def _result(rewards: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Result:
    return Result(
        rewards={RANDOM: np.zeros_like(rewards), "linucb/v1": rewards, MIND_READER: np.ones_like(rewards)},
        theta={"linucb/v1": {"bias": 0.1, "urgency": 0.5}},
        taste={"bias": 0.0, "urgency": 0.6, "freshness": 0.4},
        degraded=3,
    )
