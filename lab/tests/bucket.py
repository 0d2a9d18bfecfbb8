"""An emulated S3, as the environment says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from moto.server import ThreadedMotoServer

REGION: Final = "eu-central-1"


@contextmanager
def emulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run an emulator, and have every client of the test talk to it; gives its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    yield url
    server.stop()
