"""A mirror to change at will, an emulated bucket, and the command as a function."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from local.__main__ import main
from tests.support.cloud import PROMPT_BUCKET, Cloud, emulated

SHIPPED: Final = Path(__file__).parents[3] / "shared/prompts"


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A copy of the versions that ship."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "mirror"))


@pytest.fixture
def run(mirror: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``python -m local prompts`` in this process, on the copy."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")

    def ran(verb: str, *arguments: str) -> Ran:
        capsys.readouterr()
        status = main(["prompts", verb, "--mirror", str(mirror), *arguments])
        return Ran(status, *capsys.readouterr())

    return ran


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An emulated account whose prompt bucket keeps what is deleted, and is empty."""
    with emulated() as made:
        for each in made.s3.list_objects_v2(Bucket=PROMPT_BUCKET).get("Contents", ()):
            made.s3.delete_object(Bucket=PROMPT_BUCKET, Key=each["Key"])
        made.s3.put_bucket_versioning(Bucket=PROMPT_BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield made


def changed(path: Path, old: str, new: str) -> None:
    """Replace a text that a file has, once."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def stored(cloud: Cloud, version: str) -> bytes:
    """What the bucket holds of a version."""
    body: Any = cloud.s3.get_object(Bucket=PROMPT_BUCKET, Key=f"prompts/{version}.yaml")["Body"]
    raw: bytes = body.read()
    return raw
