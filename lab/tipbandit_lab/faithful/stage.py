"""The service as it is deployed, on this machine, in simulated time: where a faithful run takes place."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from uuid import UUID

from tipbandit.ids import ENTROPY_BYTES, unix_ms_of
from tipbandit_lab.faithful import scripted_environment

_PROGRAM: Final = Path(scripted_environment.__file__).resolve()
_ROOT: Final = _PROGRAM.parents[3]
_NEEDED: Final = ("boto3", "moto", "waitress")
_PATIENT: Final = {
    "STORE_CONNECT_TIMEOUT_MS": "5000",
    "STORE_READ_TIMEOUT_MS": "5000",
    "DEADLINE_MS": "9000",
}
"""An emulator on a busy machine is slower than the store it stands for, and an answer without the state is no answer
here: each time-out is as long as a function's own (10 s) lets it be."""


class FaithfulError(Exception):
    """A faithful run cannot be made, or was none; the message says why."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A running service whose time and chance are ours.

    Attributes:
        url: where it is.
        script: the file its environments read the time and their random bytes from.
    """

    url: str
    script: Path

    def cue(self, decision_id: UUID) -> None:
        """Let it be the moment of a decision: until the next cue, whatever the service decides gets this id."""
        scripted_environment.write(self.script, unix_ms_of(decision_id), entropy_of(decision_id))


def entropy_of(decision_id: UUID) -> bytes:
    """Return the random bytes that `tipbandit.ids.uuid7` makes an id of (those bits that it leaves out are 0)."""
    rand_a, rand_b = decision_id.int >> 64 & (1 << 12) - 1, decision_id.int & (1 << 62) - 1
    return (rand_a << 68 | rand_b).to_bytes(ENTROPY_BYTES, "big")


def check() -> None:
    """Make sure that the local stack can be had.

    Raises:
        FaithfulError: if it cannot; the message says what to do.
    """
    found = find_spec("local")
    if found is None or Path(found.origin or "").resolve() != _ROOT / "local" / "__init__.py":
        raise FaithfulError(f"the local stack is not on the path: run this from the root of the repository, {_ROOT}")
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise FaithfulError(f"not installed: {', '.join(missing)}; they are in the dependency group `service`")


@contextlib.contextmanager
def service(directory: Path, progress: Callable[[str], None] = lambda _: None) -> Iterator[Stage]:
    """Run the service, with all it keeps in a directory, for the length of a ``with`` block.

    Raises:
        FaithfulError: if the local stack is not to be had here, or does not start, or cannot end.
    """
    check()
    from local.options import Options, StartError  # noqa: PLC0415  of the repository, not of this project
    from local.service import running  # noqa: PLC0415

    script = directory.resolve() / "script"
    options = Options(
        state=script.parent,
        environments=1,  # calls come one after the other
        program=_PROGRAM,
        variables={**_PATIENT, scripted_environment.VARIABLE: str(script)},
    )
    try:
        with running(options, progress) as started:
            yield Stage(started.url, script)
    except StartError as error:
        raise FaithfulError(str(error)) from error
