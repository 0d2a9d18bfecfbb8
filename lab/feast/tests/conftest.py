"""A lake, its profiles at some moments, an emulator of DynamoDB: made by the laboratory's own environment."""

import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from tipbandit_feast.settings import Online, Settings

LAB: Final = Path(__file__).parents[2]
PYTHON: Final = LAB / ".venv" / "bin" / "python"
MOMENTS: Final = [datetime(2026, 1, day, 12, 0, 0, 123_456, tzinfo=UTC) for day in (6, 9, 14)]
REGION: Final = "eu-central-1"
_EMULATOR: Final = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print("http://%s:%s" % server.get_host_and_port(), flush=True)
sys.stdin.read()
server.stop()
"""


def lab(*arguments: str) -> None:
    """Run a command of the laboratory."""
    subprocess.run([str(PYTHON), "-m", "tipbandit_lab", *arguments], check=True, cwd=LAB, capture_output=True)


@pytest.fixture(scope="session")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The profiles of a simulated lake at some moments, a file each; another is in work."""
    place = tmp_path_factory.mktemp("profiles")
    lake, out = str(place / "lake"), place / "profiles"
    lab("lake", "fill", "--users", "20", "--days", "10", "--candidates", "3", "--workers", "1", "--out", lake)
    for moment in MOMENTS:
        file = str(out / f"{moment.date()}.parquet")
        lab("features", "--lake", lake, "--as-of", moment.isoformat(), "--out", file)
    (out / ".2026-01-15.parquet.in_work").write_bytes(b"PAR1")
    return out


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Where DynamoDB answers."""
    with subprocess.Popen(
        [str(PYTHON), "-c", _EMULATOR],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(autouse=True)
def _this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is called elsewhere, for telemetry say, fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:  # noqa: ANN401 - of any family
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1"}:
            pytest.fail(f"somebody calls {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(params=["sqlite", "dynamodb"])
def online(request: pytest.FixtureRequest) -> Online:
    """The stores that profiles are served from."""
    kind: Online = request.param
    return kind


@pytest.fixture
def settings(profiles: Path, online: Online, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """The settings of a store of each kind; DynamoDB's tables are another test's no more."""
    if online == "sqlite":
        yield Settings(profiles=profiles)
        return
    endpoint = request.getfixturevalue("endpoint")
    yield Settings(profiles=profiles, online=online, region=REGION, endpoint=endpoint)
    boto3 = pytest.importorskip("boto3")
    client = boto3.client("dynamodb", region_name=REGION, endpoint_url=endpoint)
    for table in client.list_tables()["TableNames"]:
        client.delete_table(TableName=table)
