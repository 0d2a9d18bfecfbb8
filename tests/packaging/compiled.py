"""Run by the Python that Lambda runs: which modules would a start have to compile? ``compiled.py DIRECTORY PLACE``.

Prints, as JSON, the modules under the directory without a compiled one that is taken unseen, is of just this source,
and names its source by where it lies in Lambda.
"""

import importlib.util
import json
import marshal
import sys
from pathlib import Path

UNCHECKED = (0b01).to_bytes(4, "little")
"""By the hash of the source, and that not compared: PEP 552."""


def is_compiled(source: Path, place: str) -> bool:
    """Tell whether a module is, for where it lies under ``place``."""
    cached = Path(importlib.util.cache_from_source(str(source)))
    if not cached.is_file():
        return False
    raw = cached.read_bytes()
    wanted = importlib.util.MAGIC_NUMBER + UNCHECKED + importlib.util.source_hash(source.read_bytes())
    return raw[:16] == wanted and marshal.loads(raw[16:]).co_filename == place  # noqa: S302  made a moment ago


if __name__ == "__main__":
    root, prefix = Path(sys.argv[1]), sys.argv[2]
    modules = [path for path in sorted(root.rglob("*.py")) if not {"test", "tests"} & set(path.parts)]
    wrong = [name for path in modules if not is_compiled(path, f"{prefix}/{(name := str(path.relative_to(root)))}")]
    json.dump({"modules": len(modules), "wrong": wrong}, sys.stdout)
