"""Files that others read while they are written: a reader sees a whole file or none."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_READABLE: Final = 0o644
"""As any other file; temporary ones are their owner's alone."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write to, beside ``path`` and taking its place when all went well; its directory must be there."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    written = Path(name)
    try:
        yield written
        written.chmod(_READABLE)
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise
