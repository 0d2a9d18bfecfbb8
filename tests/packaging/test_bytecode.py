"""No start compiles anything: what was built is compiled, for Lambda's Python and the place where it lies."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.runtime import built

pytestmark = pytest.mark.usefixtures("is_built")
COMPILED: Final = Path(__file__).with_name("compiled.py")
BUILT: Final = sorted(path.name for path in built.BUILD.glob("*") if path.is_dir())


def looked_at(directory: Path, place: str) -> dict[str, Any]:
    """What ``compiled.py`` says of a directory that lies at ``place`` in Lambda."""
    command = [str(built.INTERPRETER), "-I", "-B", str(COMPILED), str(directory), place]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize("name", BUILT or ["nothing"])
def test_every_module_is_compiled(name: str) -> None:
    said = looked_at(built.BUILD / name, "/opt" if name.endswith("Layer") else "/var/task")

    assert said["modules"] > 0
    assert said["wrong"] == []


def test_a_module_that_changed_since_or_was_forgotten_is_found(tmp_path: Path) -> None:
    copy = tmp_path / "python"
    shutil.copytree(built.CORE, copy)
    (copy / "tipbandit/ids.py").write_text("changed = True\n")
    (copy / "tipbandit/new.py").write_text("")

    assert looked_at(tmp_path, "/opt")["wrong"] == ["python/tipbandit/ids.py", "python/tipbandit/new.py"]
