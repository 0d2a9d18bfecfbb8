# ruff: noqa: INP001  a script of the Makefile's, run by the Python that Lambda runs
"""Compile what ``sam build`` made, so that no cold start does: ``python3.13 tools/bytecode.py .aws-sam/build``.

A layer is read-only, so whatever a start compiles there is thrown away with its environment. The compiled modules are
unchecked: Python takes them without a look at the source, whose dates change on the way into the archive.
"""

import compileall
import re
import sys
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

TESTS: Final = re.compile(r"/tests?/")
"""Libraries ship theirs; nothing imports them."""


def compiled(build: Path) -> bool:
    """Compile all modules of a build, under the paths that they will have in Lambda; tell whether all could be."""
    done = [
        compileall.compile_dir(
            directory,
            quiet=1,
            stripdir=str(directory.resolve()),
            prependdir="/opt" if (directory / "python").is_dir() else "/var/task",
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
            rx=TESTS,
            force=True,
        )
        for directory in sorted(path for path in build.iterdir() if path.is_dir())
    ]
    return bool(done) and all(done)


if __name__ == "__main__":
    sys.exit(0 if compiled(Path(sys.argv[1]).resolve()) else f"bytecode: {sys.argv[1]} could not be compiled")
