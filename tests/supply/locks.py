"""What the project installs, as its locks say it: name, address, hash."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).parents[2]
DEPENDENCIES: Final = ROOT / "layers/deps/requirements.txt"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is fetched: ``url`` is empty where the index is asked for the name."""

    name: str
    url: str
    hashes: tuple[str, ...]


def files() -> list[Path]:
    """All files of the project, as git knows them."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def items(path: Path) -> list[Item]:
    """What a lock has the installer fetch."""
    text = path.read_text("utf-8")
    if path.name == "uv.lock":
        return [item for package in tomllib.loads(text)["package"] for item in _of_uv(package)]
    if path.name == "package-lock.json":
        return [_of_npm(name, it) for name, it in json.loads(text)["packages"].items() if name]
    return list(_of_pip(text))


def _of_uv(package: dict[str, Any]) -> Iterator[Item]:
    ((kind, where),) = package["source"].items()
    if kind == "registry":
        yield Item(package["name"], where, ("index",))
        for each in [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]:
            yield Item(package["name"], each["url"], (each["hash"],) if "hash" in each else ())
    elif kind not in {"editable", "virtual"}:
        yield Item(package["name"], str(where), ())


def _of_npm(name: str, package: dict[str, Any]) -> Item:
    return Item(name, package.get("resolved", ""), tuple(package.get("integrity", "").split()))


def _of_pip(text: str) -> Iterator[Item]:
    for line in _lines(text):
        asked, *hashes = line.split(" --hash=")
        pinned = {it.operator for it in Requirement(asked).specifier} == {"=="}
        yield Item(Requirement(asked).name, "", tuple(each.strip() for each in hashes) if pinned else ())


def _lines(text: str) -> list[str]:
    """The requirements in a file, each on one line."""
    return [line for line in re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*", "", text)).splitlines() if line.strip()]


def shipped(python: str) -> dict[str, str]:
    """What the layer holds on a version of Python, such as 3.13: versions by name."""
    environment = {"python_full_version": f"{python}.0", "python_version": python}
    asked = [Requirement(line.partition(" --hash=")[0]) for line in _lines(DEPENDENCIES.read_text("utf-8"))]
    return {
        it.name: str(it.specifier).removeprefix("==")
        for it in asked
        if it.marker is None or it.marker.evaluate(environment)
    }
