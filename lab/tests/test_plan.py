"""What is to be run, and how it is told from any other run."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tipbandit.policies.registry import POLICIES
from tipbandit_lab import code_version, plan
from tipbandit_lab.baselines import RandomPlayer
from tipbandit_lab.batch import BatchPolicy
from tipbandit_lab.configuration import described, fingerprint
from tipbandit_lab.personas import Persona, holdout, personas
from tipbandit_lab.plan import Item, Plan, chosen
from tipbandit_lab.world import Setting

LINUCB = POLICIES["linucb/v1"]


@pytest.fixture
def small() -> Plan:
    first, second = list(personas().values())[:2]
    players = {"linucb/v1": partial(BatchPolicy, LINUCB)}
    return Plan(personas=(first, second), players=players, seeds=range(3), setting=Setting(users=2), blocks=2)


def test_there_is_an_item_for_each_persona_seed_and_block(small: Plan) -> None:
    names = [persona.name for persona in small.personas]
    expected = {Item(name, seed, block) for name in names for seed in range(3) for block in range(2)}
    assert set(small.items) == expected
    assert len({item.name for item in small.items}) == len(small.items) == 12


def test_the_cohort_of_an_item_is_made_of_all_of_it(small: Plan) -> None:
    item = Item(small.personas[1].name, 2, 1)
    cohort = small.cohort(item)
    assert (cohort.persona, cohort.seed, cohort.block) == (small.personas[1], 2, 1)
    assert cohort.setting is small.setting


def test_user_rounds_are_the_decisions_of_all_players_in_one_item() -> None:
    """2 users, 3 days of 4 moments, 2 players: 48."""
    planned = Plan.named(["random", "oracle"], setting=Setting(users=2, days=3, moments_a_day=4))
    assert planned.user_rounds == 48


def test_personas_are_chosen_by_name_or_group_each_once() -> None:
    main, kept_back = list(personas()), list(holdout())
    assert [each.name for each in chosen(["main"])] == main
    assert [each.name for each in chosen(["holdout"])] == kept_back
    assert [each.name for each in chosen(["all"])] == main + kept_back
    assert [each.name for each in chosen([main[2], "main"])] == [main[2], *main[:2], *main[3:]]
    assert [each.name for each in chosen([kept_back[0], main[0], kept_back[0]])] == [kept_back[0], main[0]]
    assert main
    assert kept_back


def test_unknown_names_are_all_said_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no such persona: nobody, noone; there are main, holdout, all, .*night_owl"):
        Plan.named(["random"], ["nobody", "main", "noone"])
    with pytest.raises(ValueError, match=r"no such player: best/v1; there are .*linucb/v1"):
        Plan.named(["random", "best/v1"])


def test_everything_wrong_with_a_plan_is_said_at_once(small: Plan) -> None:
    message = r"no personas, no players, a seed twice, seeds outside \[0, 2\^31\), fewer than 1 block"
    with pytest.raises(ValueError, match=message):
        replace(small, personas=(), players={}, seeds=(1, 1, 1 << 31), blocks=0)
    with pytest.raises(ValueError, match=r"a persona twice, no seeds"):
        replace(small, personas=small.personas[:1] * 2, seeds=())


def other_taste(persona: Persona) -> Persona:
    return persona.model_copy(update={"reacting": persona.reacting.model_copy(update={"noise": 0.123})})


CHANGES: dict[str, Any] = {
    "a persona less": lambda planned: {"personas": planned.personas[:1]},
    "another taste": lambda planned: {"personas": tuple(other_taste(each) for each in planned.personas)},
    "a seed more": lambda _: {"seeds": range(4)},
    "another setting": lambda _: {"setting": Setting(users=2, days=29)},
    "a block more": lambda _: {"blocks": 3},
    "a player more": lambda planned: {"players": {**planned.players, "random": RandomPlayer}},
    "another name": lambda planned: {"players": {"linucb/v2": planned.players["linucb/v1"]}},
    "another epsilon": lambda _: {"players": {"linucb/v1": partial(BatchPolicy, replace(LINUCB, epsilon=0.06))}},
    "another player": lambda _: {"players": {"linucb/v1": RandomPlayer}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_decides_the_results_changes_the_fingerprint(small: Plan, change: str) -> None:
    changed = replace(small, **CHANGES[change](small))
    assert changed.configuration()["fingerprint"] != small.configuration()["fingerprint"]


def test_other_code_changes_the_fingerprint_another_commit_does_not(
    small: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = small.configuration()
    monkeypatch.setattr(plan, "commit", lambda: "another")
    assert small.configuration()["fingerprint"] == before["fingerprint"]
    assert small.configuration()["commit"] == "another"
    monkeypatch.setattr(plan, "digest", lambda: "another")
    assert small.configuration()["fingerprint"] != before["fingerprint"]


def test_a_plan_has_the_same_fingerprint_in_every_process() -> None:
    program = (
        "from tipbandit_lab.plan import Plan\n"
        "print(Plan.named(['linucb/v1', 'popular', 'random'], ['all']).configuration()['fingerprint'])"
    )
    own = Plan.named(["linucb/v1", "popular", "random"], ["all"]).configuration()["fingerprint"]
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    command = [sys.executable, "-c", program]
    other = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == own


def test_a_configuration_is_json_and_says_how_the_players_were_set(small: Plan) -> None:
    configuration = small.configuration()
    assert json.loads(json.dumps(configuration, allow_nan=False)) == configuration
    assert configuration["players"]["linucb/v1"]["policy"]["epsilon"] == LINUCB.epsilon
    assert [each["name"] for each in configuration["personas"]] == [each.name for each in small.personas]
    assert configuration["seeds"] == [0, 1, 2]


@pytest.mark.parametrize("value", [lambda users: users, np.zeros(2), object(), {"x": {1, 2}}, partial(lambda: 1)])
def test_what_cannot_be_told_from_another_cannot_be_configured(value: object) -> None:
    with pytest.raises(TypeError, match="cannot say in a run's configuration"):
        described(value)


def test_fingerprints_do_not_depend_on_the_order_of_names() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1}) != fingerprint({"a": 1, "b": [3]})


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the laboratory's layout, digested instead of the real one."""
    for name in ("core/policies/ridge.py", "lab/world.py", "lab/summary.py", "lab/gate/criteria.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")
    monkeypatch.setattr(code_version, "SOURCES", ((tmp_path / "core", "policies/**/*.py"), (tmp_path / "lab", "*.py")))
    monkeypatch.setattr(code_version, "_LAB", tmp_path / "lab")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "decides"),
    [("core/policies/ridge.py", True), ("lab/world.py", True), ("lab/summary.py", False), ("lab/gate/x.py", False)],
)
def test_the_digest_changes_with_code_that_decides_results_only(tree: Path, name: str, *, decides: bool) -> None:
    before = code_version.digest.__wrapped__()
    (tree / name).write_text("x = 2\n")
    assert (code_version.digest.__wrapped__() != before) is decides


def test_a_renamed_module_changes_the_digest(tree: Path) -> None:
    before = code_version.digest.__wrapped__()
    (tree / "lab/world.py").rename(tree / "lab/other.py")
    assert code_version.digest.__wrapped__() != before


def test_the_real_sources_are_digested() -> None:
    names = {name for name, _ in code_version._files()}  # noqa: SLF001
    expected = {"policies/ridge.py", "features/encode.py", "rewards.py"}
    assert {f"tipbandit/{name}" for name in expected} <= names
    assert {"tipbandit_lab/world.py", "tipbandit_lab/fast.py", "tipbandit_recommender/profile.py"} <= names


def git(directory: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True).stdout.strip()


def test_the_commit_says_whether_files_differ_from_it(tree: Path) -> None:
    git(tree, "init")
    git(tree, "add", ".")
    git(tree, "commit", "-m", "first")
    head = git(tree, "rev-parse", "HEAD")
    (tree / "lab/decisions").mkdir()
    (tree / "lab/decisions/a-against-b-1.json").write_text("{}")
    assert code_version.commit() == head
    (tree / "core/policies/ridge.py").write_text("x = 2\n")
    assert code_version.commit() == f"{head}+changed"


def test_there_is_no_commit_without_a_repository_or_without_git(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tree.parent))
    assert code_version.commit() is None
    git(tree, "init")
    monkeypatch.setenv("PATH", "")
    assert code_version.commit() is None
