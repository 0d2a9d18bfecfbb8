"""What runs inside an environment of the local stack where time and chance follow a script.

The service draws a decision with a key of its own making, the decision id: the time and ten random bytes. Where both
are written down before the call, it makes the ids of a simulated moment, and so the draws of the fast runner. The
program is started by path, like ``local/environment.py``, which it then runs: nothing but the standard library and what
the layers bring can be imported. What waits and measures (``monotonic``, ``sleep``) stays real.
"""

import os
import runpy
from pathlib import Path
from typing import Final

from tipbandit.adapters import clock
from tipbandit.adapters.clock import SystemClock

VARIABLE: Final = "TIPBANDIT_LAB_SCRIPT"
"""Says where the script is: a file of one line, Unix milliseconds and random bytes in hexadecimal."""

_PROGRAM: Final = Path(__file__).resolve().parents[3] / "local" / "environment.py"


class ScriptedClock(SystemClock):
    """The system's clock, but for what the script says."""

    def now_ms(self) -> int:
        """See ``ports.Clock.now_ms``."""
        return read()[0]

    def entropy(self, size: int) -> bytes:
        """See ``ports.Clock.entropy``; of another size than the script's it is for something else, and real."""
        scripted = read()[1]
        return scripted if len(scripted) == size else super().entropy(size)


def read() -> tuple[int, bytes]:
    """Return the time and the bytes of the script."""
    now_ms, entropy = Path(os.environ[VARIABLE]).read_text("ascii").split()
    return int(now_ms), bytes.fromhex(entropy)


def write(path: Path, now_ms: int, entropy: bytes) -> None:
    """Let this be the script; whoever reads it meanwhile gets the one before or this one, whole."""
    new = path.with_suffix(".new")
    new.write_text(f"{now_ms} {entropy.hex()}", "ascii")
    new.replace(path)


if __name__ == "__main__":
    clock.SystemClock = ScriptedClock  # type: ignore[misc]  # before a function imports it
    runpy.run_path(str(_PROGRAM), run_name="__main__")
