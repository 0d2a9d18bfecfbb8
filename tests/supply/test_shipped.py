"""What DepsLayer holds: wheels only, nothing that runs by itself, and licences that may be passed on."""

import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from codegen.licences import licence, rows
from tests.supply.locks import DEPENDENCIES, ROOT, shipped

PYTHON: Final = "3.13"
ARCHITECTURES: Final = ("aarch64", "x86_64")
PERMISSIVE: Final = {
    "0BSD",
    "BSD License",
    "BSD-3-Clause",
    "CC0-1.0",
    "MIT",
    "MIT License",
    "MIT No Attribution License (MIT-0)",
    "PSF-2.0",
    "Zlib",
}
SCRIPTS: Final = {"jmespath": {"jp.py"}, "numpy": {"f2py", "numpy-config"}}
"""Commands that come with a library. `sam build` puts them into python/bin; Lambda's PATH has /opt/bin, not that."""
PACKAGES: Final = sorted(shipped(PYTHON))


@cache
def locked() -> dict[tuple[str, str], dict[str, Any]]:
    """The packages of the lock by name and version."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    return {(it["name"], it.get("version", "")): it for it in packages}


def wheels(name: str, version: str) -> list[str]:
    """The file names of a package's locked wheels."""
    package = locked()[name, version]
    return [each["url"].rpartition("/")[2] for each in package["wheels"]]


def fitting(architecture: str) -> set[Tag]:
    """The wheels that the Python of Lambda, on Amazon Linux 2023 with glibc 2.34, can load."""
    platforms = [f"manylinux_2_{minor}_{architecture}" for minor in range(34, 16, -1)]
    platforms.append(f"manylinux2014_{architecture}")
    return {*cpython_tags((3, 13), platforms=platforms), *compatible_tags((3, 13), "cp313", platforms)}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_there_is_a_wheel_of_everything_so_that_no_set_up_script_runs(architecture: str) -> None:
    tags = fitting(architecture)
    without = [
        name
        for name, version in shipped(PYTHON).items()
        if not any(parse_wheel_filename(wheel)[3] & tags for wheel in wheels(name, version))
    ]

    assert without == []


def alarming(found: Distribution) -> list[str]:
    """Files of a package that are run unasked, or are commands nobody knows of."""
    files = [Path(file) for file in found.files or []]
    known = SCRIPTS.get(found.name, set())
    return [
        str(file)
        for file in files
        if file.suffix == ".pth"
        or file.name in {"sitecustomize.py", "usercustomize.py"}
        or (file.parent.name in {"bin", "Scripts"} and file.name not in known)
        or ".data" in file.parts[0]
    ]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_shipped_package_runs_nothing_by_itself(name: str) -> None:
    assert alarming(distribution(name)) == []


def test_what_runs_by_itself_is_found_out() -> None:
    """The project itself, which is installed by a .pth file, and a package with a command."""
    assert [Path(it).suffix for it in alarming(distribution("tipbandit"))] == [".pth"]
    assert [Path(it).name for it in alarming(distribution("cfn-lint"))] == ["cfn-lint"]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_shipped_package_may_be_passed_on(name: str) -> None:
    assert set(licence(name).replace(" AND ", ", ").split(", ")) <= PERMISSIVE
    assert any("licen" in str(file).lower() for file in distribution(name).files or [])


def test_the_page_of_licences_names_what_is_shipped_and_no_more() -> None:
    assert [name for name, _, _ in rows()] == PACKAGES


@pytest.mark.deep
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_layer_as_lambda_gets_it_holds_what_is_locked_and_runs_nothing_by_itself(
    architecture: str, tmp_path: Path
) -> None:
    """Fetched anew, each file against its hash; here the packages are those of another Python, and of this machine."""
    command: list[str | Path] = [
        ROOT / ".tools/uv/bin/uv",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
    ]
    command += ["--require-hashes", "--target", tmp_path, f"--python-version={PYTHON}", f"--python={sys.executable}"]
    subprocess.run([*command, f"--python-platform={architecture}-manylinux_2_34", "-r", DEPENDENCIES], check=True)
    installed = {found.name.replace("_", "-"): found for found in Distribution.discover(path=[str(tmp_path)])}

    assert {name.lower(): found.version for name, found in installed.items()} == shipped(PYTHON)
    assert [it for found in installed.values() for it in alarming(found)] == []
    assert list(tmp_path.rglob("*.pth")) == []
