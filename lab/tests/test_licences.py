"""Under which licences the laboratory's dependencies are. Nothing of them is passed on; they must let it be used so."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

import pytest

LAB: Final = Path(__file__).parents[1]
FEAST: Final = LAB / "feast"
PERMISSIVE: Final = {
    "0BSD", "3-Clause BSD License", "Apache 2.0", "Apache Software License", "Apache-2.0", "BSD", "BSD License",
    "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "ISC License (ISCL)", "MIT", "MIT License",
    "MIT No Attribution License (MIT-0)", "MIT-0", "MIT-CMU", "PSF-2.0", "Python Software Foundation License", "Zlib",
    "Zope Public License",
}  # fmt: skip
MOZILLA: Final = {"MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"}
"""Copyleft of the file: changed files of the package itself would have to be published, and none is changed."""
USED_UNDER_MOZILLA: Final = {"certifi", "hypothesis", "orjson", "pathspec", "tqdm"}
CHOSEN: Final = {"text-unidecode": "Artistic License"}
"""Those that leave a choice, of which one is no good: what is chosen."""


@cache
def locked(project: Path) -> frozenset[str]:
    """The names of all packages that a project's lock has from the index."""
    packages = tomllib.loads((project / "uv.lock").read_text("utf-8"))["package"]
    return frozenset(each["name"] for each in packages if "registry" in each["source"])


def installed(project: Path) -> dict[str, Distribution]:
    """The packages of a project's environment, by their names in the lock; those of other systems are not there."""
    (place,) = (project / ".venv" / "lib").glob("python*/site-packages")
    found = {re.sub(r"[-_.]+", "-", each.name).lower(): each for each in distributions(path=[str(place)])}
    return {name: each for name, each in found.items() if name in locked(project)}


def licences(package: Distribution) -> set[str]:
    """The names of all licences that a package says it is under: by an expression, classifiers, or its own words."""
    said = package.metadata
    classes = [each.rpartition(" :: ")[2] for each in said.get_all("Classifier", []) if each.startswith("License ::")]
    words = said.get_all("License-Expression") or [each for each in classes if each != "OSI Approved"]
    parts = re.split(r" AND | OR |, ", ", ".join(words or said.get_all("License", ["none"])))
    return {each.strip("() ") if each.count("(") != each.count(")") else each.strip() for each in parts}


def unfit(packages: dict[str, Distribution]) -> Iterator[tuple[str, set[str]]]:
    """Yield the packages that may not be used without an argument, with the licences that are to blame."""
    for name, package in packages.items():
        let_pass = MOZILLA if name in USED_UNDER_MOZILLA else set()
        if CHOSEN.get(name) not in (said := licences(package)) and (wrong := said - PERMISSIVE - let_pass):
            yield name, wrong


def test_what_the_laboratory_stands_on_may_be_used_with_what_is_under_apache_2() -> None:
    packages = installed(LAB)
    assert len(packages) > 200
    assert dict(unfit(packages)) == {}


@pytest.mark.deep
def test_so_may_what_the_feature_store_stands_on() -> None:
    packages = installed(FEAST)
    assert len(packages) > 70
    assert dict(unfit(packages)) == {}


def test_every_exception_is_argued_in_the_docs_and_still_locked() -> None:
    exceptions = USED_UNDER_MOZILLA | set(CHOSEN)
    assert exceptions <= locked(LAB) | locked(FEAST)
    text = (LAB.parent / "docs" / "offline.md").read_text("utf-8").partition("## Licences")[2].partition("\n## ")[0]
    assert [name for name in sorted(exceptions) if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("License-Expression: MIT", set()),
        ("License-Expression: MPL-2.0 AND (Apache-2.0 OR MIT)", {"MPL-2.0"}),
        ("License-Expression: AGPL-3.0-only", {"AGPL-3.0-only"}),
        ("Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
         {"GNU General Public License v3 (GPLv3)"}),
        ("License: Commercial", {"Commercial"}),
        ("Summary: It says nothing.", {"none"}),
    ],
)  # fmt: skip
def test_what_may_not_be_used_is_found_out(said: str, wrong: set[str], tmp_path: Path) -> None:
    (tmp_path / "METADATA").write_text(f"Metadata-Version: 2.4\nName: some\nVersion: 1\n{said}\n", "utf-8")
    assert dict(unfit({"some": Distribution.at(tmp_path)})) == ({"some": wrong} if wrong else {})
