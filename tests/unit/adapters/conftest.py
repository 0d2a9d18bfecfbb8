"""An emulated AWS account for each test."""

from collections.abc import Iterator

import pytest

from tests.support.cloud import Cloud, emulated


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An account with an empty state table and one token key."""
    with emulated() as made:
        yield made
