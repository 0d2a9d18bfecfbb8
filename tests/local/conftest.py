"""A toy project: a template with every kind of expression, and handlers that do one thing each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from local.child import REGION
from local.environments import Pool
from local.options import Options
from local.service import Service, running
from local.storage import Configured
from local.template import Function

TOY: Final = Path(__file__).parent / "toy"
MakePool = Callable[..., Pool]


def client(service: Service, name: str) -> Any:  # noqa: ANN401  (one of many client types)
    """The SDK's client for an emulated AWS service."""
    return boto3.client(
        name,  # type: ignore[call-overload]
        endpoint_url=service.endpoint,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


@contextmanager
def pools(logs: Path) -> Iterator[MakePool]:
    """Makes loaded pools for the toy's handlers; no emulator behind them."""
    with ExitStack() as cleanup:

        def make(handler: str, *, limit: int = 2, timeout_s: float = 10) -> Pool:
            function = Function("Toy", TOY / "code", (TOY / "layer",), f"app.{handler}", {}, {}, ())
            pool = Pool(function, logs, limit)
            cleanup.callback(pool.close)
            pool.configure(Configured(timeout_s, 256, {"COLOUR": "red"}))
            pool.load()
            return pool

        yield make


@pytest.fixture
def make_pool(tmp_path: Path) -> Iterator[MakePool]:
    """Makes pools that end with the test; their log is ``tmp_path / "Toy.log"``."""
    with pools(tmp_path) as make:
        yield make


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The toy, running: its API, its functions and the emulator."""
    with running(Options(template=TOY / "template.yaml", state=tmp_path_factory.mktemp("toy"))) as service:
        yield service
