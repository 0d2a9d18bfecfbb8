"""From a lake to a version: once, from where it was stopped, and all of it or nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.pipeline.small import asked, fill_lake

from tipbandit_lab.cards.card import loads
from tipbandit_lab.clusters import Dask
from tipbandit_lab.errors import RunError, StoppedError
from tipbandit_lab.gate.record import read as read_record
from tipbandit_lab.pipeline import engines, registering
from tipbandit_lab.pipeline.engines import Engine
from tipbandit_lab.pipeline.gating import executor
from tipbandit_lab.pipeline.options import Asked
from tipbandit_lab.pipeline.running import Outcome, run
from tipbandit_lab.pipeline.steps import STEPS
from tipbandit_lab.registry.store import opened
from tipbandit_lab.registry.versions import named, read, versions
from tipbandit_lab.workers import Processes, in_process

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # MLflow's libraries warn about each other
    pytest.mark.xdist_group("mlflow"),
]

ALL = (*(step.name for step in STEPS), "register")
_RUN = """
import json, sys
from tipbandit_lab.pipeline import engines
from tipbandit_lab.pipeline.options import of_json
asked, engine = json.loads(sys.argv[1]), engines.Engine(sys.argv[2])
outcome = engines.run(of_json(asked), engine)
print(outcome.version)
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill_lake(tmp_path_factory.mktemp("pipeline") / "lake")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def outcome(lake: Path, place: Path) -> Outcome:
    """Everything, once."""
    return run(asked(lake, place))


def in_a_process(wanted: Asked, engine: Engine) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-c", _RUN, json.dumps(wanted.as_json()), engine.value]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_lake_becomes_a_version_with_all_its_files(outcome: Outcome, lake: Path, place: Path) -> None:
    assert outcome.worked == ALL
    client = opened(asked(lake, place).registry)
    (version,) = versions(client)
    assert version.name == outcome.version == "linucb/v2:1"
    kept = {each.path for each in client.list_artifacts(version.run_id)}
    assert kept >= registering.NEEDED
    ingested = json.loads(read(client, version, "lineage.json"))["lineage"]
    assert version.tags["lake_fingerprint"] == ingested["fingerprint"]
    assert (version.tags["gate"], version.tags["incumbent"]) == ("hold", "linucb/v1")


def test_the_card_says_what_the_steps_found(outcome: Outcome, place: Path) -> None:
    card = loads((outcome.card / "card.json").read_bytes())
    (decided,) = (place / "decisions").glob("*.json")
    record = read_record(decided)
    assert card.gate["fingerprint"] == record.fingerprint
    assert card.evaluation == json.loads((outcome.card / "evaluation.json").read_bytes())
    assert card.lineage["simulated"]
    assert [each.name for each in card.segments] == ["everybody", "cold", "low volume", "night"]
    assert card.segments[0].decisions == card.evaluation["rounds"]
    text = (outcome.card / "card.md").read_text()
    assert f"{card.evaluation['rounds']:,} of {card.evaluation['users']} users" in text


def test_the_second_run_does_nothing(outcome: Outcome, lake: Path, place: Path) -> None:
    again = run(asked(lake, place))
    assert again.worked == ()
    assert (again.version, again.card) == (outcome.version, outcome.card)
    assert len(versions(opened(asked(lake, place).registry))) == 1


def test_what_is_asked_otherwise_works_again_from_there_on(outcome: Outcome, lake: Path, place: Path) -> None:
    again = run(asked(lake, place, cold=3))
    assert again.worked == ("evaluation", "card", "register")
    assert again.version != outcome.version


@pytest.mark.usefixtures("outcome")
def test_a_learned_prior_is_kept_with_its_version(lake: Path, place: Path) -> None:
    wanted = asked(lake, place, candidate="linucb/v1", prior=True)
    with_prior = run(wanted)
    client = opened(wanted.registry)
    version = named(client, with_prior.version)
    assert version.policy == "linucb/v1"
    assert version.prior is not None
    document = json.loads(read(client, version, f"prior-{version.prior}.json"))
    assert (document["version"], document["policy"]) == (version.prior, "linucb/v1")
    assert "ingest" not in with_prior.worked
    text = (with_prior.card / "card.md").read_text()
    assert f"linucb/v1 with prior {version.prior}" in text
    assert "flatters it" in text


def test_a_step_that_fails_is_named_and_nothing_is_registered(lake: Path, tmp_path: Path) -> None:
    wanted = asked(lake, tmp_path)
    wanted.decisions.mkdir()
    bad = wanted.decisions / "linucb-v2-against-linucb-v1-1.json"
    bad.write_text("{}")
    with pytest.raises(RunError, match=r"^gate: looks cannot be counted"):
        run(wanted)
    assert not (tmp_path / "registry").exists()
    bad.unlink()
    assert run(wanted).worked == ("gate", "card", "register")


def test_a_registry_that_cannot_be_reached_leaves_what_was_done(
    lake: Path, place: Path, outcome: Outcome, tmp_path: Path
) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database" * 100)
    with pytest.raises(RunError, match=r"^register: the registry at .* cannot be opened"):
        run(asked(lake, place, registry=f"sqlite:///{tmp_path / 'mlflow.db'}"))
    assert outcome.card.is_dir()


def test_ctrl_c_says_where_it_was_stopped(lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> Any:  # noqa: ANN401 - it never returns
        raise KeyboardInterrupt

    monkeypatch.setattr("tipbandit_lab.features.build.build", stopped)
    with pytest.raises(StoppedError, match=r"^features: stopped; the same command goes on from there"):
        run(asked(lake, tmp_path))
    assert not (tmp_path / "registry").exists()
    assert [path.name.partition("-")[0] for path in (tmp_path / "steps").iterdir()] == ["ingest"]


def test_who_is_killed_goes_on_from_there(lake: Path, tmp_path: Path) -> None:
    wanted = asked(lake, tmp_path)
    child = in_a_process(wanted, Engine.plain)
    assert child.stderr is not None
    seen = ""
    for line in child.stderr:
        seen += line
        if "features:" in line:
            os.kill(child.pid, signal.SIGKILL)
            break
    child.communicate()
    assert child.returncode == -signal.SIGKILL, seen
    assert not (tmp_path / "registry").exists()
    again = run(wanted)
    assert again.worked[-1] == "register"
    assert not {"ingest", "features"} & set(again.worked)


def test_prefect_runs_the_same_steps_to_the_same_version(outcome: Outcome, lake: Path, place: Path) -> None:
    """The steps are those of the plain run, so none has anything to do, and the version is the one there is."""
    child = in_a_process(asked(lake, place), Engine.prefect)
    said, told = child.communicate()
    assert child.returncode == 0, told
    assert said.strip() == outcome.version
    assert told.count("(done before)") == len(ALL)
    assert (place / "steps" / "prefect").is_dir()


def test_the_simulation_goes_to_a_cluster_if_one_is_named(lake: Path, place: Path) -> None:
    assert executor(asked(lake, place, dask="tcp://there:8786")) == Dask("tcp://there:8786")
    assert executor(asked(lake, place, workers=2)) == Processes(2)
    assert executor(asked(lake, place)) is in_process


def test_without_prefect_the_steps_are_run_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engines.usual() is Engine.prefect
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    assert engines.usual() is Engine.plain
