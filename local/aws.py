"""The process with the emulated AWS services, seen from the one that starts it."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.child import Child, ChildDiedError
from local.options import ROOT, Options, StartError
from local.storage import StorageStack

_PROMPT_BUCKET: Final = "PROMPT_BUCKET"
_PATIENCE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Emulated:
    """What came of the order: where the services are, the outputs of the storage stack, and what is amiss with it."""

    endpoint: str
    outputs: Mapping[str, str]
    warnings: tuple[str, ...]
    lake: str
    """The bucket of the lake; empty if there is none."""


class Emulator:
    """The process: it makes the resources of `stack`, with `values` for the secrets that these of its outputs name.

    The bucket called `lake`, if there is one, holds what is in the lake's directory.
    """

    def __init__(
        self, options: Options, stack: StorageStack, lock: int, values: Mapping[str, str], lake: str = ""
    ) -> None:
        self._child = Child(
            ["-m", "local.emulator"],
            directory=ROOT,
            log=options.logs / "emulator.log",
            variables={"PYTHONPATH": str(ROOT)},
            # The lock is the emulator's too: while it still saves, nobody else may start.
            keep=[lock],
        )
        self._child.send(
            {
                "host": options.emulator_host,
                "port": options.emulator_port,
                "body": stack.body,
                "parameters": stack.parameters,
                "state": str(options.state.resolve() / "state.json"),
                "secrets": values,
                "lake": {"bucket": lake, "directory": str(options.lake.resolve())},
                "prompts": dict.fromkeys(stack.outputs_for(_PROMPT_BUCKET), str(options.prompts.resolve())),
            }
        )

    def ready(self) -> Emulated:
        """Wait until it serves.

        Raises:
            StartError: it cannot.
        """
        answer = self._receive()
        return Emulated(answer["endpoint"], answer["outputs"], tuple(answer["warnings"]), answer["lake"])

    def _receive(self) -> dict[str, Any]:
        try:
            answer = self._child.receive(_PATIENCE_S)
        except (ChildDiedError, TimeoutError):
            raise StartError(f"the emulator failed; the last lines of {self._child.log} say why") from None
        if "error" in answer:
            raise StartError(answer["error"])
        return answer["ok"] or {}

    def put(self, key: str) -> None:
        """Have an object of the lake's directory in its bucket too, soon; a process that is gone takes none."""
        with contextlib.suppress(ChildDiedError):
            self._child.send({"put": key})

    def wait(self) -> None:
        """Wait until the process ends, which it does not by itself."""
        self._child.wait()

    def stop(self) -> None:
        """Have it save the state, then end it.

        Raises:
            StartError: the state could not be saved; what was saved before is untouched.
        """
        with contextlib.suppress(ChildDiedError):
            self._child.send({"stop": True})
        self._receive()

    def close(self) -> None:
        """End the process at once, saved or not."""
        self._child.close()
