"""An emulated AWS account for each test, or an empty table on each emulator."""

from collections.abc import Iterator

import pytest

from tests.support.cloud import Cloud, emulated
from tests.support.emulators import EMULATORS, empty_table, endpoint_of


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An account with an empty state table and one token key."""
    with emulated() as made:
        yield made


@pytest.fixture(params=EMULATORS, ids=[each.name for each in EMULATORS])
def table(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """An empty state table, and no more, on each emulator."""
    with empty_table(endpoint_of(request.param, request)) as made:
        yield made
