"""Which clients keep their connections."""

from collections.abc import Iterator

import pytest

from tests.support import cloud
from tests.support.emulator import reached_at
from tests.support.wire import Loopback, http, serving
from tipbandit.adapters.aws import Timeouts, client

pytestmark = pytest.mark.usefixtures("each_client")

TIMEOUTS = Timeouts(connect_ms=2000, read_ms=2000)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving(lambda _: http(200, b"{}")) as here, reached_at(here.url):
        yield here


@pytest.mark.parametrize(("keeps", "said"), [(True, False), (False, True)])
def test_a_client_says_that_it_will_not_keep_its_connection(keeps: bool, said: bool, server: Loopback) -> None:  # noqa: FBT001
    client("dynamodb", TIMEOUTS, keeps_connections=keeps).describe_table(TableName=cloud.TABLE)

    assert (b"connection: close" in server.requests[0].lower()) is said
