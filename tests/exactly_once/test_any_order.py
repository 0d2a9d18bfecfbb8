"""Exactly once in any order of events; and the same search finds out the designs that are wrong."""

from typing import Final

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.exactly_once.broken import Deleting, Forgetful, Overwriting, Resending
from tests.exactly_once.machine import Machine
from tests.exactly_once.world import World

TestAnyOrder = Machine.TestCase
TestAnyOrder.settings = settings(stateful_step_count=40)


@pytest.mark.slow
def test_more_orders_break_nothing() -> None:
    run_state_machine_as_test(Machine, settings=settings(max_examples=200, stateful_step_count=40))


CONDEMNING: Final = settings(
    max_examples=200,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)


@pytest.mark.parametrize("world", [Overwriting, Forgetful, Resending, Deleting])
def test_a_design_that_is_wrong_is_found_out(world: type[World]) -> None:
    class Condemned(Machine):
        pass

    Condemned.world = world
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Condemned, settings=CONDEMNING)
