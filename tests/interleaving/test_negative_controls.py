"""Designs that are wrong are found out by the same schedules, for what is wrong with them."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interleaving.doubles import DOUBLES
from tests.interleaving.exploring import Run, explore, read, replay, report, shrink, written
from tests.interleaving.fleet import Fleet
from tests.interleaving.history import Law
from tests.interleaving.test_interleavings import SEEDS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FORGETFUL = "a version, and no decision id"


def _first_breach(fleet: Fleet, name: str) -> tuple[int, Run]:
    runs = ((seed, explore(fleet, seed, DOUBLES[name].design)) for seed in range(SEEDS))
    return next((seed, run) for seed, run in runs if run.breaches)


@pytest.mark.parametrize("name", DOUBLES)
def test_a_design_that_is_wrong_is_found_out(fleet: Fleet, name: str) -> None:
    double, broken = DOUBLES[name], set[Law]()
    for seed in range(SEEDS):
        broken |= explore(fleet, seed, double.design).laws
        if broken >= double.laws:
            break
    assert broken >= double.laws


def test_what_a_breach_takes_is_told_in_a_few_steps(fleet: Fleet) -> None:
    """A decision, and a reward sent twice, is all that it takes where decisions are not remembered."""
    seed, run = _first_breach(fleet, FORGETFUL)
    design = DOUBLES[FORGETFUL].design
    shrunk = shrink(fleet, run, design)
    assert len(shrunk.schedule) <= 6 < len(run.schedule)
    assert all(step in report(fleet, seed, run, FORGETFUL) for step in shrunk.schedule)


def test_no_step_of_a_shrunk_schedule_can_be_left_out(fleet: Fleet) -> None:
    _, run = _first_breach(fleet, "a reset without an epoch")
    design = DOUBLES["a reset without an epoch"].design
    shrunk = shrink(fleet, run, design)
    law = shrunk.breaches[0].law
    for at in range(len(shrunk.schedule)):
        shorter = shrunk.schedule[:at] + shrunk.schedule[at + 1 :]
        assert law not in replay(fleet, shorter, design).laws


def test_a_printed_schedule_breaks_the_same_law_again(fleet: Fleet) -> None:
    """By the command that is printed with it, in a process of its own; and the service stands the same schedule."""
    seed, run = _first_breach(fleet, FORGETFUL)
    printed = report(fleet, seed, run, FORGETFUL)
    law, again = printed.partition("breaks a law: ")[2].splitlines()[0], printed.splitlines()[-1]
    python, *command = shlex.split(again.removeprefix("again: "))
    assert python == ".venv/bin/python"
    told = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout.splitlines()) == (1, [f"broken: {law}"])
    assert replay(fleet, read(command[-1])).breaches == ()


def test_a_schedule_is_read_as_it_is_written(fleet: Fleet) -> None:
    schedule = explore(fleet, 5).schedule
    assert read(written(schedule)) == schedule
    assert replay(fleet, schedule) == explore(fleet, 5)


@pytest.mark.parametrize("text", ["a dance", "d score d1 linucb/v1", "a ok; b reward d1", "pass"])
def test_what_is_no_step_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="no step: "):
        read(text)
