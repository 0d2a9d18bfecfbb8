"""How long emulators live, and their tables with them."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.exactly_once.environment import Environment
from tests.support.emulators import MOTO, Capability
from tipbandit.ports import ABSENT, Record

ROOT: Final = Path(__file__).parents[2]
LONG_S: Final = 60.0
PROGRAM: Final = """
import pathlib, sys, time
from tests.support.dynalite import Dynalite
print(Dynalite(pathlib.Path(sys.argv[1])).endpoint, flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_dynalite_ends_with_the_process_that_started_it_even_if_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM, tmp_path], cwd=ROOT, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout is not None
        where = urlsplit(it.stdout.readline())
        address = (str(where.hostname), int(where.port or 0))
        socket.create_connection(address).close()
        it.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + LONG_S
    with contextlib.suppress(ConnectionRefusedError, ConnectionResetError):
        while time.monotonic() < deadline:
            socket.create_connection(address).close()
            time.sleep(0.05)
        pytest.fail("it still listens")


@pytest.mark.deep
def test_moto_forgets_what_it_acknowledged_as_it_is_declared_to(tmp_path: Path) -> None:
    record = Record(b"kept?", ver=1, epoch=0, updated_at_ms=1)
    with MOTO.run(tmp_path) as endpoint:
        Environment.at(endpoint).store.replace("ann", "linucb/v1", old=ABSENT, new=record)
    with MOTO.run(tmp_path) as endpoint:
        assert Environment.at(endpoint).store.read("ann", "linucb/v1", consistent=True) == ABSENT
    assert Capability.DURABILITY in MOTO.lacks
