"""``python -m codegen [--check]``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from codegen import ROOT
from codegen.artefacts import ARTEFACTS, BlockError


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write or check every generated file under ``root``; return the exit status."""
    parser = argparse.ArgumentParser(prog="codegen", description="Write the files that are derived from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is not what it should be")
    checks = parser.parse_args(arguments).check
    try:
        return _check(root) if checks else _write(root)
    except BlockError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _write(root: Path) -> int:
    for artefact in ARTEFACTS:
        if artefact.write(root):
            sys.stderr.write(f"wrote {artefact.path}\n")
    return 0


def _check(root: Path) -> int:
    drifted = {artefact.path: diff for artefact in ARTEFACTS if (diff := artefact.diff(root))}
    if not drifted:
        return 0
    sys.stdout.writelines(line for diff in drifted.values() for line in diff)
    sys.stderr.write(f"not what the code says: {', '.join(drifted)}: run `make generate`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
