"""Each emulator in turn, with a new table for every test."""

from collections.abc import Iterator

import pytest

from tests.emulators.asking import Table
from tests.support import cloud
from tests.support.emulators import EMULATORS, Emulator, empty_table, endpoint_of


@pytest.fixture(params=[each.param for each in EMULATORS])
def emulator(request: pytest.FixtureRequest) -> Emulator:
    """Each of the emulators."""
    found: Emulator = request.param
    return found


@pytest.fixture
def table(emulator: Emulator, request: pytest.FixtureRequest) -> Iterator[Table]:
    """An empty table on it."""
    with empty_table(endpoint_of(emulator, request)) as made:
        yield Table(made.dynamodb, cloud.TABLE)
