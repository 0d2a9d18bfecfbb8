"""A real table, as far as one machine has it: behind a socket, shared by all tests of a run."""

from collections.abc import Iterator

import pytest

from tests.support.emulator import emulator


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running DynamoDB with an empty state table."""
    with emulator(tmp_path_factory.mktemp("emulator")) as address:
        yield address
