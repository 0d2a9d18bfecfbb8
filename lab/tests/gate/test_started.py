"""A candidate that starts its users from a prior is put before both eyes, as any other."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.evaluation.logged import Life, connected, lived

from tipbandit.policies.prior import dumps
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Prior
from tipbandit_lab import __main__ as command_line
from tipbandit_lab import lake
from tipbandit_lab.errors import RunError
from tipbandit_lab.gate.offline import Source, digest, looked
from tipbandit_lab.gate.options import source
from tipbandit_lab.gate.record import read
from tipbandit_lab.lake.filling import Filling, fill
from tipbandit_lab.prior import PRIORS

POLICY = POLICIES["linucb/v1"]
LIKES, DISLIKES = "likes.2026-01-04.00000001", "dislikes.2026-01-04.00000002"


@pytest.fixture
def priors(tmp_path: Path) -> Path:
    """What important tips are worth, as it is, and the opposite."""
    place = tmp_path / "priors"
    place.mkdir()
    for version, weight in ((LIKES, 1.0), (DISLIKES, -1.0)):
        mean = np.array([0.0, 0.0, 0.0, 0.0, weight, 0.0, 0.0])
        prior = Prior(version, mean, 100 * np.eye(7))
        (place / f"{version}.json").write_bytes(dumps(prior, POLICY, {}))
    return place


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Life:
    """Decisions of a policy that explores; every important tip is liked, and nothing else matters."""
    lived_so = lived(replace(POLICIES["egreedy/v1"], epsilon=0.9), users=60, moments=30, candidates=3, seed=5)
    for decision, reward in zip(lived_so.decisions, lived_so.rewards, strict=True):
        place = decision["candidates"]["tip_id"].index(decision["tip_id"])
        reward["reward"] = 2 * decision["candidates"]["priority"][place] - 1
        decision["state_ver"] = None  # what was learned from other rewards is taken at its word
    monkeypatch.setattr(lake, "connect", lambda _: connected(lived_so))
    return lived_so


@pytest.mark.usefixtures("life")
def test_logged_data_are_asked_what_it_would_have_earned_from_its_prior(priors: Path, tmp_path: Path) -> None:
    where = Source(lake="anywhere", priors=priors)
    found = {
        version: looked(where, f"linucb/v1@{version}", "egreedy/v1", directory=tmp_path / "decisions", effect=0.1)
        for version in (LIKES, DISLIKES)
    }
    assert {version: each.outcome for version, each in found.items()} == {LIKES: "better", DISLIKES: "worse"}
    assert found[LIKES].evaluation["candidate"] == f"linucb/v1@{LIKES}"
    assert found[LIKES].sentence.startswith(f"linucb/v1@{LIKES} earns more than egreedy/v1 on 1,800 logged decisions")


def test_another_prior_is_another_test_and_so_is_a_changed_policy(
    life: Life, priors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = Source(lake="anywhere", priors=priors)

    def test(candidate: str) -> str:
        with connected(life) as connection:
            return digest(connection, where, candidate, "egreedy/v1")

    names = {candidate: test(candidate) for candidate in ("linucb/v1", f"linucb/v1@{LIKES}", f"linucb/v1@{DISLIKES}")}
    assert len({*names.values()}) == 3
    changed = {**POLICIES, "linucb/v1": POLICIES["linucb/v2"]}
    monkeypatch.setattr("tipbandit_lab.prior.naming.POLICIES", changed)
    assert not set(map(test, names)) & {*names.values()}


@pytest.mark.usefixtures("life")
def test_where_the_priors_are_is_no_option_of_logged_data_alone(priors: Path) -> None:
    """The simulation reads them too, so they may be named without a lake."""
    assert source(None, priors=priors) is None
    found = source("anywhere", priors=priors)
    assert found is not None
    assert found.priors == priors
    with pytest.raises(RunError, match="--shadow: of logged data"):
        source(None, priors=priors, shadow="x")


def test_the_command_line_takes_one_of_the_repositorys_own_priors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a small lake logged data refuse a number; that they were asked is what counts."""
    fill(Filling(users=4, days=2, moments=2, candidates=3), tmp_path / "lake")
    candidate = f"linucb/v1@{min(PRIORS.glob('linucb-v1.*.json')).stem}"
    options = ("--personas", "dismisser", "--seeds", "2", "--users", "2", "--days", "2", "--moments", "2")
    places = ("--lake", tmp_path / "lake", "--out", tmp_path / "decisions", "--results", tmp_path / "results")
    asked = ("gate", candidate, "--against", "linucb/v1", "--candidates", "3", "--workers", "1", *options, *places)
    monkeypatch.setattr(sys, "argv", ["tipbandit_lab", *map(str, asked)])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert (ended.value.code, "on logged data, look 1" in capsys.readouterr().out) == (3, True)
    (path,) = (tmp_path / "decisions").glob("*.json")
    record = read(path)
    assert record.logged is not None
    assert (record.candidate, record.logged.outcome) == (candidate, "refused")
    assert record.logged.evaluation["candidate"] == candidate
