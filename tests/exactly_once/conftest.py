"""A real table, as far as one machine has it: behind a socket, shared by all tests of a run."""

import pytest

from tests.support.cloud import IN_LAMBDA
from tests.support.emulators import MOTO, endpoint_of


@pytest.fixture(scope="session")
def endpoint(request: pytest.FixtureRequest) -> str:
    """The address of a running DynamoDB with an empty state table: moto's, unless a test asks for others."""
    return endpoint_of(getattr(request, "param", MOTO), request)


@pytest.fixture(autouse=True)
def _in_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environments' clients are those of Lambda."""
    monkeypatch.setenv(IN_LAMBDA, "function")
