"""The package can be imported anywhere: nothing is read, connected to or loaded on the way."""

import json
import pkgutil
import subprocess
import sys
from typing import Any, Final

import pytest

import tipbandit

_ALL: Final = sorted(each.name for each in pkgutil.walk_packages(tipbandit.__path__, "tipbandit."))
_PURE: Final = [
    name
    for name in _ALL
    if name.split(".")[1] in {"codec", "decisions", "errors", "features", "ids", "policies", "rewards"}
]
_PROGRAM: Final = """
import importlib, json, sys
for name in {names!r}:
    for loaded in [each for each in sys.modules if {each_first} and each.split(".")[0] == "tipbandit"]:
        del sys.modules[loaded]
    importlib.import_module(name)
json.dump(sorted(sys.modules), sys.stdout)
"""


def _import(names: list[str], *, each_first: bool) -> set[str]:
    """Import modules in an empty environment, maybe each before any other of the package; return what was loaded."""
    program = _PROGRAM.format(names=names, each_first=each_first)
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded: list[Any] = json.loads(done.stdout)
    return set(loaded)


def test_there_is_something_to_import() -> None:
    assert {"tipbandit.codec", "tipbandit.policies.ridge", "tipbandit.features.encode"} <= set(_PURE)


def test_every_module_can_be_imported_in_an_empty_environment() -> None:
    """No variable, region or credential is needed; no warning is given."""
    _import(["tipbandit", *_ALL], each_first=False)


@pytest.mark.parametrize("heavy", ["aws_lambda_powertools", "boto3", "botocore", "numpy.random", "pydantic"])
def test_pure_code_loads_nothing_heavy(heavy: str, loaded_by_pure_code: set[str]) -> None:
    assert heavy not in loaded_by_pure_code


@pytest.fixture(scope="module")
def loaded_by_pure_code() -> set[str]:
    """The names of all modules that importing the pure code, each module first, loads."""
    return _import(["tipbandit", *_PURE], each_first=True)
