"""The caller's side in one piece, against the real service on this machine."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.options import Options
from local.service import Service, running
from tests.recommender.callers import SCORED
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.contracts.signals import OpenTask, Signals
from tipbandit_recommender import Client, PromptRotation, Recommender, Shadows, Shown, candidate, profile_features
from tipbandit_recommender.recommender import scored
from tipbandit_recommender.sinks import LogSink

MOMENT = Context(hour=8.5, weekday=0)
PROFILE = ProfileFeatures(completion_rate=0.5)
DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(Options(state=tmp_path_factory.mktemp("service"))) as service:
        yield service


@pytest.mark.slow
def test_a_day_with_the_service(service: Service, tmp_path: Path) -> None:
    """Tips by the user's prompt of the day, one chosen and rewarded; the shadow is asked, and learns nothing."""
    signals = tmp_path / "signals.jsonl"
    environment = {
        "TIPBANDIT_URL": service.url,
        "TIP_PROMPT_VERSION": "v2, v3",
        "TIP_SHADOWS": "egreedy-v2-shadow",
        "TIP_SHADOW_SINK": f"file:{signals}",
    }
    history = [Shown(shown_at=datetime.now(UTC) - timedelta(days=n), hour=8.0, reaction="completed") for n in range(5)]
    profile = profile_features(history, now=datetime.now(UTC))
    with Recommender.from_env(environment) as recommender:
        written = recommender.tips("ann", Signals(open_tasks=[OpenTask(title="Pay the rent")]), day=DAY)
        shown = recommender.choose("ann", MOMENT, [candidate(tip) for tip in written.tips], profile=profile)
        told = [recommender.react(shown.decision, "completed") for _ in range(2)]
        assert recommender.shadows.close(30.0) == 0
        learned = {key: each.n for key, each in recommender.client.stats("ann").policies.items()}

    assert written.prompt_version == PromptRotation(("v2", "v3")).version("ann", DAY)
    assert {tip.prompt_version for tip in written.tips} == {written.prompt_version}
    assert [each.applied for each in told] == [True, False]
    assert learned == {"linucb/v1": 1, "linucb/v2": 0, "egreedy/v1": 0, "egreedy/v2": 0}
    (signal,) = (json.loads(line) for line in signals.read_text("utf-8").splitlines())
    assert (signal["signal"], signal["policy"]) == ("shadow:egreedy-v2-shadow", "egreedy/v2")
    assert (signal["decision_id"], signal["error"]) == (str(shown.decision_id), None)
    assert {row["tip_id"] for row in signal["ranking"]} == {tip.tip_id for tip in written.tips}


@pytest.mark.parametrize(
    ("policy", "sends_profile"),
    [(None, False), ("linucb/v1", False), ("egreedy/v1", False), ("egreedy/v2", True), ("newer/v1", True)],
)
def test_a_profile_is_sent_to_policies_that_learn_from_one_and_to_unknown_ones(
    policy: str | None, sends_profile: bool,  # noqa: FBT001  a row of the table
) -> None:  # fmt: skip
    sent: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json=SCORED)

    with Client("http://service.example", transport=httpx.MockTransport(answer)) as client:
        recommender = Recommender(
            client, Shadows(lambda request, key: scored(client, request, key), LogSink()), policy=policy
        )
        recommender.choose("ann", MOMENT, [Candidate(tip_id="walk"), Candidate(tip_id="read")], profile=PROFILE)

    assert [body.get("profile_features") is not None for body in sent] == [sends_profile]


@pytest.mark.slow
def test_a_tip_that_waited_is_older_and_closer_to_its_due_time(service: Service) -> None:
    task = OpenTask(title="Pay the rent", due_in_hours=5)
    with Client(service.url) as client:
        recommender = Recommender(client, Shadows(partial(scored, client), LogSink()))
        (tip,) = recommender.tips("ann", Signals(open_tasks=[task]), day=DAY, n=1).tips

    waited = candidate(tip, age_hours=2.0)
    assert (waited.due_in_hours, waited.age_hours, waited.prompt_version) == (3.0, 2.0, "v1")
    assert candidate(tip.model_copy(update={"due_in_hours": None}), age_hours=2.0).due_in_hours is None
