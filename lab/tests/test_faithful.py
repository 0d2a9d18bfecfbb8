"""The same cohort through the service itself: what the fast runner computes is what the service does."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tipbandit.contracts.inputs import Candidate, Context
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest
from tipbandit.ids import uuid7
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.faithful import comparison, runner, scripted_environment
from tipbandit_lab.faithful import stage as stages
from tipbandit_lab.faithful.comparison import command, play_fast
from tipbandit_lab.faithful.questions import question
from tipbandit_lab.faithful.runner import By, play
from tipbandit_lab.faithful.scripted_environment import ScriptedClock
from tipbandit_lab.faithful.stage import FaithfulError, Stage, entropy_of, service
from tipbandit_lab.faithful.transcript import Transcript, differences
from tipbandit_lab.moments import REACTIONS
from tipbandit_lab.personas import Persona, personas
from tipbandit_lab.world import START_MS, Cohort, Setting
from tipbandit_recommender import Client
from tipbandit_recommender.errors import InvalidRequestError, RewardRefusedError

DAY_MS = 86_400_000
OWL = personas()["night_owl"]
NEW_OWL = OWL.model_copy(update={"past_days": 0})
NEWCOMER = personas()["newcomer"]
SETTING = Setting(users=2, days=3, moments_a_day=4, candidates=5)
SHORT = Setting(users=1, days=1, moments_a_day=5, candidates=5)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with service(tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@given(st.integers(0, (1 << 48) - 1), st.binary(min_size=10, max_size=10))
def test_the_bytes_of_an_id_make_it_again(unix_ms: int, entropy: bytes) -> None:
    decision_id = uuid7(unix_ms, entropy)
    assert uuid7(unix_ms, entropy_of(decision_id)) == decision_id


def test_a_scripted_clock_says_what_is_written_and_is_real_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(scripted_environment.VARIABLE, str(tmp_path / "script"))
    clock = ScriptedClock()
    for now_ms in (START_MS, START_MS + 1):
        scripted_environment.write(tmp_path / "script", now_ms, bytes(range(10)))
        assert (clock.now_ms(), clock.entropy(10)) == (now_ms, bytes(range(10)))
    assert len({clock.entropy(4) for _ in range(8)}) > 1
    assert clock.monotonic() < clock.monotonic() + 1


@pytest.mark.slow
def test_both_functions_live_in_the_time_of_the_script(stage: Stage) -> None:
    """A reward is refused 7 days and a millisecond after its decision, and a minute and a millisecond before it."""
    asked = ScoreRequest(user_id="time", context=Context(hour=8.0, weekday=0), candidates=[Candidate(tip_id="a")])
    made, late = uuid7(START_MS, bytes(range(10))), uuid7(START_MS + 7 * DAY_MS + 1, bytes(10))
    early, in_time = uuid7(START_MS - 60_001, bytes(10)), uuid7(START_MS + 7 * DAY_MS, bytes(10))
    with Client(stage.url) as client:
        stage.cue(made)
        answer = client.score(asked)
        assert answer.decision_id == made
        reward = RewardRequest(decision=answer.decision, reaction="completed")
        stage.cue(late)
        with pytest.raises(RewardRefusedError, match="older than the reward window"):
            client.reward(reward)
        stage.cue(early)
        with pytest.raises(InvalidRequestError, match="lies in the future"):
            client.reward(reward)
        stage.cue(in_time)
        assert client.reward(reward).applied
        updated_at = client.stats("time", "linucb/v1").policies["linucb/v1"].updated_at
    assert updated_at is not None
    assert updated_at.timestamp() * 1000 == START_MS + 7 * DAY_MS


@pytest.mark.slow
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("persona", [OWL, NEWCOMER], ids=lambda persona: persona.name)
def test_the_fast_runner_does_what_the_service_does(stage: Stage, persona: Persona, policy: str) -> None:
    _same(stage, Cohort(persona, 1, SETTING), policy, "token")


@pytest.mark.slow
@pytest.mark.parametrize("by", ["token", "parts"])
def test_a_profile_grows_from_nothing_however_rewards_name_their_decisions(stage: Stage, by: By) -> None:
    _same(stage, Cohort(NEW_OWL, 2, SETTING, block=int(by == "parts")), "egreedy/v2", by)


def _same(stage: Stage, cohort: Cohort, policy: str, by: By) -> None:
    faithful, fast = play(cohort, policy, stage, by=by), play_fast(cohort, POLICIES[policy])
    assert differences(faithful, fast) == []
    assert fast.shown.shape == (cohort.rounds, cohort.setting.users)
    assert faithful.n.tolist() == [cohort.rounds] * cohort.setting.users
    assert len(np.unique(fast.shown)) > 1
    assert max(np.abs(weight).max() for weight in fast.weights.values()) > 0.1  # there was something to compare


@pytest.mark.slow
def test_a_profile_that_is_not_sent_is_noticed(stage: Stage) -> None:
    mute = Cohort(OWL.model_copy(update={"has_profile": False}), 3, SHORT)
    wrong = differences(play(mute, "egreedy/v2", stage), play_fast(Cohort(OWL, 3, SHORT), POLICIES["egreedy/v2"]))
    assert any(line.startswith("weight of completion_rate") for line in wrong)


@pytest.mark.slow
def test_another_reaction_than_the_users_is_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = Cohort(OWL, 4, SHORT)
    monkeypatch.setattr(runner, "named", lambda reaction: REACTIONS[reaction - 1])
    wrong = differences(play(cohort, "egreedy/v1", stage), play_fast(cohort, POLICIES["egreedy/v1"]))
    assert any(line.startswith("weight of bias") for line in wrong)


@pytest.mark.slow
def test_other_entropy_is_noticed_at_once(stage: Stage) -> None:
    class Deaf(Stage):
        def cue(self, decision_id: UUID) -> None:
            super().cue(UUID(int=decision_id.int ^ 1))

    with pytest.raises(FaithfulError, match="the service made decision"):
        play(Cohort(OWL, 5, SHORT), "egreedy/v1", Deaf(stage.url, stage.script))


@pytest.mark.slow
def test_an_answer_without_the_users_state_is_no_answer(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = runner._call_score  # noqa: SLF001  the service reads its state too well to be asked
    monkeypatch.setattr(runner, "_call_score", lambda *given: ask(*given).model_copy(update={"degraded": True}))
    with pytest.raises(FaithfulError, match="the state of night_owl-9-0-0 could not be read in time"):
        play(Cohort(OWL, 9, SHORT), "egreedy/v1", stage)


@pytest.mark.slow
def test_users_must_be_new_to_the_policy(stage: Stage) -> None:
    cohort = Cohort(NEWCOMER, 6, Setting(users=1, days=1, moments_a_day=2, candidates=2))
    play(cohort, "egreedy/v1", stage)
    assert play(cohort, "linucb/v1", stage).n.tolist() == [2]
    with pytest.raises(FaithfulError, match="newcomer-6-0-0 has 2 rewards after 1"):
        play(cohort, "egreedy/v1", stage)


def test_the_service_is_told_neither_the_kind_of_a_tip_nor_what_is_absent() -> None:
    moment = Cohort(OWL, 7, SETTING).moment(0)
    moment.tips.priority[0, 0] = np.nan
    asked = question(moment, 0, "u", None)
    sent = asked.candidates[0].model_dump(exclude_none=True)
    assert sent == {
        "tip_id": "0",
        **({"due_in_hours": due} if not np.isnan(due := float(moment.tips.due_in_hours[0, 0])) else {}),
        "age_hours": float(moment.tips.age_hours[0, 0]),
    }


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (lambda it: replace(it, shown=it.shown + np.eye(5, 1, dtype=int)), "shown: 1 of 5 differ, the first at (0, 0)"),
        (lambda it: replace(it, propensity=it.propensity + 2e-9), "propensity: 5 of 5 differ"),
        (lambda it: replace(it, propensities=it.propensities * np.nan), "propensities: 25 of 25 differ"),
        (lambda it: replace(it, reaction=it.reaction[:4]), "reaction: of shape (4, 1) in one, (5, 1) in the other"),
        (lambda it: replace(it, reward=-it.reward), "reward: "),
        (lambda it: replace(it, ids=it.ids ^ 1), "ids: 80 of 80 differ"),
        (lambda it: replace(it, n=it.n + 1), "n: 1 of 1 differ"),
        (lambda it: replace(it, weights={**it.weights, "bias": it.weights["bias"] + 2e-6}), "weight of bias: 1 of 1"),
        (lambda it: replace(it, weights={}), "weight of bias: of shape (0,) in one"),
    ],
)
def test_whatever_differs_is_named(changed: Callable[[Transcript], Transcript], says: str) -> None:
    transcript = play_fast(Cohort(NEWCOMER, 8, SHORT), POLICIES["egreedy/v1"])
    assert differences(transcript, transcript) == []
    assert differences(changed(transcript), transcript)[0].startswith(says)


def _run(*arguments: str) -> Any:  # noqa: ANN401  typer has no name for it
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, arguments)


@pytest.mark.slow
def test_the_command_compares_both_runners(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "service", lambda *_: contextlib.nullcontext(stage))
    arguments = ("linucb/v1", "--persona", "newcomer", "--users", "1", "--days", "1", "--moments", "4")
    ran = _run(*arguments)
    assert "the fast runner does the same" in ran.output
    assert ran.exit_code == 0
    monkeypatch.setattr(comparison, "differences", lambda *_: ["shown: 1 of 8 differ"])
    ran = _run(*arguments, "--seed", "9")
    assert "the fast runner differs\n    shown: 1 of 8 differ" in ran.output
    assert ran.exit_code == 3


def test_the_command_names_every_wrong_argument() -> None:
    ran = _run("egreedy/v99", "--persona", "nobody")
    assert ran.exit_code == 1
    assert "no policy 'egreedy/v99'" in ran.output
    assert "no persona 'nobody'" in ran.output


@pytest.mark.parametrize(
    ("missing", "says"),
    [("local", "run this from the root of the repository"), ("moto", "not installed: moto; ")],
)
def test_what_is_missing_for_the_local_stack_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str, says: str
) -> None:
    monkeypatch.setattr(stages, "find_spec", lambda name: None if name == missing else find_spec(name))
    with pytest.raises(FaithfulError, match=says), service(tmp_path):
        pass


def test_a_stack_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FaithfulError, match="cannot write"), service(tmp_path / "file"):
        pass
