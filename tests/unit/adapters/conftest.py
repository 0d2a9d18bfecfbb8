"""An emulated AWS account for each test, or an empty table on each emulator."""

from collections.abc import Iterator

import pytest

from tests.support import wire
from tests.support.cloud import IN_LAMBDA, Cloud, emulated
from tests.support.emulators import EMULATORS, empty_table, endpoint_of


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An account with an empty state table and one token key."""
    with emulated() as made:
        yield made


@pytest.fixture(params=[each.param for each in EMULATORS])
def table(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    """An empty state table, and no more, on each emulator."""
    with empty_table(endpoint_of(request.param, request)) as made:
        yield made


@pytest.fixture
def in_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients are those of a Lambda environment: lean ones."""
    monkeypatch.setenv(IN_LAMBDA, "function")


@pytest.fixture(params=["lean", "sdk"])
def each_client(request: pytest.FixtureRequest) -> None:
    """Clients are lean ones, and then the SDK's."""
    if request.param == "lean":
        request.getfixturevalue("in_lambda")


@pytest.fixture
def server() -> Iterator[wire.Loopback]:
    """A service that answers every call with nothing."""
    with wire.serving(lambda _: wire.http(200, b"{}")) as here:
        yield here
