"""What was run is said so that it can be run again."""

import shlex
from typing import Any

import pytest
import typer
from tests.gate import logs
from tests.gate.synthetic import CANDIDATE, INCUMBENT, PERSONAS, Run
from tests.report.decisions import BETTER, EVERYBODY, SETTING, decision

from tipbandit_lab.__main__ import app
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.logged import LoggedCriteria, LoggedLook
from tipbandit_lab.report import provenance


def asked(command: str) -> dict[str, Any]:
    """Return what the real command line understands."""
    words = shlex.split(command.replace("\\\n", " "))
    assert words[:4] == ["python", "-m", "tipbandit_lab", "gate"]
    group: Any = typer.main.get_command(app)
    return dict(group.commands["gate"].make_context("gate", words[4:]).params)


def test_the_command_is_understood_as_the_run_it_reports() -> None:
    made = decision(criteria=Criteria(margin=0.03), look=2)
    command = provenance.command(made.record, made.evidence)
    assert command is not None
    found = asked(command)
    assert (found["candidate"], found["against"]) == (CANDIDATE, INCUMBENT)
    assert ",".join(found["personas"]) == ",".join(PERSONAS)
    assert (found["seeds"], found["first_seed"]) == (20, 0)
    assert [found[name] for name in ("users", "days", "moments", "candidates")] == [5, 6, 8, 10]
    assert (found["margin"], found["alpha"], found["look"]) == (0.03, Criteria().alpha, 2)


def test_what_logged_data_were_asked_is_part_of_the_command() -> None:
    look = LoggedLook(number=3, test="b" * 16, bound="anytime", alpha=0.004, spent=0.04)
    strict = LoggedCriteria(bound="anytime", margin=0.02, alpha=0.1)
    found = logs.evaluation(treated="ignored")
    eye = logs.eye(
        found, strict, look=look, lake="s3://a b/lake", days="2026-01-05..2026-01-16", shadow="linucb-v2-shadow"
    )
    made = decision(logged=eye)
    command = provenance.command(made.record, made.evidence)
    assert command is not None
    found_by = asked(command)
    assert (found_by["lake"], found_by["logged_days"]) == ("s3://a b/lake", "2026-01-05..2026-01-16")
    assert (found_by["unrewarded"], found_by["shadow"], found_by["bound"]) == ("ignored", "linucb-v2-shadow", "anytime")
    assert [found_by[f"logged_{name}"] for name in ("margin", "alpha", "look")] == [0.02, 0.1, 3]
    usual = provenance.command(decision().record, decision().evidence)
    assert usual is not None
    assert "--lake lake" in usual
    assert "--logged" not in usual
    assert "--lake" not in (provenance.command(decision(logged=None).record, made.evidence) or "")


def test_the_command_begins_with_the_first_seed_and_names_many_personas_in_short_lines() -> None:
    personas = (*(f"p{number}" for number in range(9)), PERSONAS[-1])
    made = decision(Run(levels=EVERYBODY, gain=BETTER, first_seed=7, seeds=3, personas=personas))
    command = provenance.command(made.record, made.evidence)
    assert command is not None
    found = asked(command)
    assert (found["seeds"], found["first_seed"]) == (3, 7)
    assert sorted(",".join(found["personas"]).split(",")) == sorted(personas)
    assert max(len(line) for line in command.splitlines()) < 80


def test_a_name_cannot_break_out_of_the_command() -> None:
    made = decision(names={CANDIDATE: "a b; rm -rf $HOME `x` '\"", INCUMBENT: "--seeds; c 'd"})
    command = provenance.command(made.record, made.evidence)
    assert command is not None
    found = asked(command)
    assert (found["candidate"], found["against"]) == (made.record.candidate, made.record.incumbent)


@pytest.mark.parametrize("case", [{"config": {"blocks": 2}}, {"without_seed": 4}])
def test_a_run_that_no_command_gives_has_none(case: dict[str, Any]) -> None:
    made = decision(**case)
    assert provenance.command(made.record, made.evidence) is None


def test_seeds_are_a_range_or_all_of_them() -> None:
    assert provenance.seeds(tuple(range(30))) == "0 to 29"
    assert provenance.seeds((1, 2, 5)) == "1, 2, 5"
    assert provenance.seeds((4,)) == "4"


def test_the_facts_say_how_much_of_everything_there_was() -> None:
    config = {"setting": SETTING, "blocks": 2, "commit": "abc+changed", "fingerprint": "f00"}
    made = decision(config=config)
    facts = dict(provenance.facts(made.record, made.evidence))
    assert facts["Users"] == "10 of each persona and seed"
    assert facts["Seeds"] == "20 (0 to 19)"
    assert facts["Decisions"] == "14,400 by each player; 8 a user and day"  # 40 a day, 6 days, 3 personas, 20 seeds
    assert facts["Fingerprint of the numbers"] == made.record.fingerprint
    assert (facts["Fingerprint of the run"], facts["Commit"]) == ("f00", "abc+changed")
    assert facts["Code version"] == made.record.code_version
    assert facts["Look"].startswith("number 1 at this comparison; it may spend 0.025 of")


def test_facts_that_the_run_does_not_tell_are_left_out() -> None:
    made = decision(config={})
    facts = dict(provenance.facts(made.record, made.evidence))
    assert not {"Users", "Candidates", "Commit"} & set(facts)
    assert facts["Decisions"] == "14,400 by each player"
    assert provenance.policies(made.record) is None


def test_the_policies_stand_beside_each_other() -> None:
    policy = {"key": CANDIDATE, "epsilon": 0.1, "alpha": None, "feature_set": {"name": "base", "features": ["a", "b"]}}
    players = {CANDIDATE: {"policy": policy}, INCUMBENT: {"policy": {**policy, "key": INCUMBENT, "epsilon": 0.2}}}
    table = provenance.policies(decision(config={"players": players}).record)
    assert table is not None
    assert table.rows == (
        ("key", CANDIDATE, INCUMBENT),
        ("epsilon", "0.1", "0.2"),
        ("alpha", "\N{EN DASH}", "\N{EN DASH}"),
        ("feature set", "base (2 features)", "base (2 features)"),
    )
    assert provenance.policies(decision(config={"players": {CANDIDATE: {"policy": None}}}).record) is None


def test_the_personas_are_described_as_the_run_does() -> None:
    personas = [
        {"name": name, "has_profile": name != PERSONAS[-1], "past_days": 30 * (name != PERSONAS[-1]), "description": d}
        for name, d in zip(PERSONAS, "abc", strict=True)
    ]
    made = decision(config={"personas": personas})
    assert provenance.personas(made.record, made.evidence) == (
        ("early", "profile sent, 30 days of past", "a"),
        ("late", "profile sent, 30 days of past", "b"),
        ("newcomer", "no profile", "c"),
    )
