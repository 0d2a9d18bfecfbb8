"""dynalite, an emulator of DynamoDB by other people: stricter than moto, atomic for each item, and kept on disk."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from local.child import Child, ChildDiedError

_TOOLS: Final = Path(__file__).parents[2] / "tools"
_TOOL: Final = _TOOLS / "dynalite"
_INTERPRETER: Final = _TOOLS / "node/.venv/bin/python"
_PATIENCE_S: Final = 60.0


class Dynalite:
    """A running dynalite whose tables are in ``directory``, as is its log. It ends with this process at the latest."""

    def __init__(self, directory: Path) -> None:
        """Start it on a free port of this machine."""
        self._directory = directory
        self._port = 0
        self._child: Child | None = None
        self.start()

    def start(self) -> None:
        """Start it; after ``kill`` with the tables, and at the address, that it had."""
        assert (_TOOL / "node_modules/.ready").exists(), "dynalite is not installed: `make test` does it once"
        child = Child(
            [str(_TOOL / "launch.py"), str(_TOOL / "serve.js")],
            directory=_TOOL,
            log=self._directory / "dynalite.log",
            variables={},
            interpreter=str(_INTERPRETER),
        )
        try:
            answer = child.ask({"path": str(self._directory / "tables"), "port": self._port}, _PATIENCE_S)
        except (ChildDiedError, TimeoutError):
            answer = {"error": child.log.read_text()}
        if "ok" not in answer:
            child.close()
            raise AssertionError(f"dynalite does not start: {answer['error']}")
        self._child = child
        self.endpoint: str = answer["ok"]["endpoint"]
        self._port = urlsplit(self.endpoint).port or 0

    def kill(self) -> None:
        """End it as ``kill -9`` does, in the middle of whatever it is doing, if it runs."""
        if self._child:
            self._child.close()
            self._child = None
