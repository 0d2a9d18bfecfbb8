"""Several environments over one emulated table."""

from collections.abc import Iterator

import pytest

from tests.interleaving.fleet import Fleet, launched


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    """The environments' clients."""
    with launched() as fleet:
        yield fleet
