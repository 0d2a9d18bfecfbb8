"""The two layers, looked at as archives of files: what each may hold, and how much it weighs."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_DISTRIBUTION: Final = re.compile(r"([A-Za-z0-9._-]+)==")
_MANIFEST: Final = "requirements.txt"


def files(directory: Path) -> set[str]:
    """Every file under a directory, by its path from there, but for compiled modules, which the build adds."""
    found = (path.relative_to(directory) for path in directory.rglob("*") if not path.is_dir())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def foreign_to_core(core: Path, source: Path) -> dict[str, str]:
    """What is wrong with the layer of the package, by file: it holds the package as it is, and nothing else."""
    wrong = dict.fromkeys(files(core) - {f"tipbandit/{it}" for it in files(source)}, "is not of the package")
    for name in files(source):
        built = core / "tipbandit" / name
        if not built.exists() or built.read_bytes() != (source / name).read_bytes():
            wrong[f"tipbandit/{name}"] = "is not as in the source: `make runtime` builds again"
    return wrong


def foreign_to_deps(deps: Path, requirements: Path) -> dict[str, str]:
    """What is wrong with the layer of the libraries, by file: it holds those asked for, whole, and no more."""
    asked = {_canonical(name) for name in _DISTRIBUTION.findall(requirements.read_text("utf-8"))}
    found = {_canonical(it.name.split("-")[0]): it for it in deps.glob("*.dist-info")}
    wrong = {it.name: "was not asked for" for name, it in found.items() if name not in asked}
    wrong |= dict.fromkeys(asked - set(found), "is missing")
    recorded = {name for it in found.values() for name in _recorded(it)}
    wrong |= dict.fromkeys(files(deps) - recorded - {_MANIFEST}, "belongs to none of the libraries")
    return wrong


def surprises(names: Iterable[str]) -> list[str]:
    """Files that make an interpreter run code which nobody imports, or that belong to a development environment."""
    startup = {"sitecustomize.py", "usercustomize.py"}
    return sorted(name for name in names if name.endswith((".pth", ".egg-link")) or Path(name).name in startup)


def megabytes(*directories: Path) -> float:
    """How much the files in some directories weigh, unzipped, in MB."""
    return sum(path.stat().st_size for it in directories for path in it.rglob("*") if path.is_file()) / 1e6


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _recorded(metadata: Path) -> set[str]:
    """The files that a library says it installed. Its scripts are left where they were in the archive."""
    with (metadata / "RECORD").open(encoding="utf-8", newline="") as record:
        return {row[0] for row in csv.reader(record)} | {f"{metadata.name}/RECORD"}
