"""One emulated account behind sockets for all cells; each has a user of its own."""

from collections.abc import Iterator

import pytest

from tests.degraded.world import Account, account


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The account."""
    with account(tmp_path_factory.mktemp("account")) as made:
        yield made
