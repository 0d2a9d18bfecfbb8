"""The whole service, running once for all of these tests: every request goes through its HTTP API."""

from collections.abc import Iterator
from typing import Final

import httpx
import pytest

from local.options import Options
from local.service import Service, running

PATIENCE_S: Final = 10.0
"""No request, however hostile, may keep the service busy for longer."""


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(Options(state=tmp_path_factory.mktemp("fuzzed"))) as service:
        yield service


@pytest.fixture(scope="session")
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=PATIENCE_S, trust_env=False) as client:
        yield client
