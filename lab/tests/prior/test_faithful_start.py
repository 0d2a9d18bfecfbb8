"""The service itself, told to start new users from a prior, does what the fast runner does with it."""

import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import numpy as np
import pytest
from tests.prior.test_starting import prior_for

from local.options import Options
from local.service import running
from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.contracts.score import ScoreRequest
from tipbandit.ids import uuid7
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Prior
from tipbandit_lab import fast
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.faithful import scripted_environment
from tipbandit_lab.faithful.runner import play
from tipbandit_lab.faithful.stage import Stage
from tipbandit_lab.faithful.transcript import Step, Transcript, differences
from tipbandit_lab.moments import Moment, Reactions
from tipbandit_lab.personas import personas
from tipbandit_lab.players import Choices
from tipbandit_lab.prior import documents
from tipbandit_lab.prior.publishing import publish
from tipbandit_lab.world import START_MS, Cohort, Setting
from tipbandit_recommender import Client

pytestmark = pytest.mark.slow
LINUCB = POLICIES["linucb/v1"]
PRIOR = prior_for(LINUCB, version="tested")
SETTING = Setting(users=2, days=2, moments_a_day=4, candidates=5)
BUCKET = "tested-priors"
_PATIENT = {"STORE_CONNECT_TIMEOUT_MS": "5000", "STORE_READ_TIMEOUT_MS": "5000", "DEADLINE_MS": "9000"}
_PATIENCE_S = 150.0
"""A function that was not given the prior in time, on a busy machine, asks again after 30 seconds."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A service whose functions have read the prior."""
    script = tmp_path / "script"
    variables = {"PRIORS": f"{LINUCB.key}={PRIOR.version}", "PRIOR_BUCKET": BUCKET}
    told = {**_PATIENT, **variables, scripted_environment.VARIABLE: str(script)}
    program = Path(scripted_environment.__file__).resolve()
    with running(Options(state=tmp_path, environments=1, program=program, variables=told)) as service:
        s3 = boto3.client(
            "s3",
            endpoint_url=service.endpoint,
            region_name="us-east-1",
            aws_access_key_id="a",
            aws_secret_access_key="b",
        )
        s3.create_bucket(Bucket=BUCKET)
        publish(documents.read(documents.write(tmp_path / "tested.json", LINUCB, PRIOR, {})), BUCKET, s3)
        stage = Stage(service.url, script)
        _until_read(stage)
        yield stage


def test_the_fast_runner_does_what_the_service_does_with_a_prior(stage: Stage) -> None:
    over_http = play(_cohort(), LINUCB.key, stage)
    assert differences(over_http, _fast(PRIOR)) == []
    assert differences(over_http, _fast(None))


def _until_read(stage: Stage) -> None:
    """Wait until /score and /stats of a user who stays new are those of the prior."""
    stage.cue(uuid7(START_MS, bytes(10)))
    tip, deadline = Candidate(tip_id="a", priority=1.0), time.monotonic() + _PATIENCE_S
    asked = ScoreRequest(user_id="warm", context=Context(hour=8.0, weekday=0), candidates=[tip])
    with Client(stage.url) as client:
        while time.monotonic() < deadline:
            score = client.score(asked, LINUCB.key).ranking[0].score
            stats = client.stats("warm", LINUCB.key).policies[LINUCB.key]
            if stats.prior == PRIOR.version and score != pytest.approx(_plain_score()):
                return
            time.sleep(1.0)
    pytest.fail("the functions did not read the prior")


def _plain_score() -> float:
    """At 8 h on a Monday: the width times alpha, |x|^2 = 1 (bias) + 1 (sine, cosine) + 1 (priority) + 1 (freshness)."""
    assert LINUCB.alpha is not None
    return LINUCB.alpha * float(np.sqrt(4 / LINUCB.ridge_lambda))


def _cohort() -> Cohort:
    return Cohort(personas()["newcomer"], 3, SETTING)


def _fast(prior: Prior | None) -> Transcript:
    players: list[BatchPolicy] = []
    steps: list[Step] = []

    def seated(users: int) -> BatchPolicy:
        players.append(BatchPolicy(LINUCB, users, prior))
        return players[-1]

    def watch(_: str, moment: Moment, choices: Choices, reactions: Reactions) -> None:
        propensity = np.take_along_axis(choices.propensities, choices.shown[None], axis=0)[0]
        steps.append(Step(moment.ids, choices.shown, propensity, choices.propensities, reactions))

    fast.play(_cohort(), {LINUCB.key: seated}, watch)
    return Transcript.of(steps, np.full(SETTING.users, len(steps)), players[0].weights())
