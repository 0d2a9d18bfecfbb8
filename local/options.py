"""What to run and where, and the one way in which that can turn out impossible."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PROGRAM: Final = ROOT / "local/environment.py"
"""What runs inside an environment."""


class StartError(Exception):
    """The stack cannot run; the message is one line for the person who started it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to run and where; every path may be relative to the working directory.

    `program` is what runs inside an environment, by the same rules as `PROGRAM`; `variables` are what every function
    is told besides, or instead of, what the template says.
    """

    template: Path = ROOT / "template.yaml"
    prompts: Path = ROOT / "shared/prompts"
    state: Path = ROOT / ".local"
    host: str = "127.0.0.1"
    port: int = 0
    emulator_host: str = "127.0.0.1"
    emulator_port: int = 0
    environments: int = 4
    llm: str = "template"
    parameters: Mapping[str, str] = field(default_factory=dict)
    program: Path = PROGRAM
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def logs(self) -> Path:
        """Where each function's log is."""
        return self.state / "logs"

    @property
    def lake(self) -> Path:
        """Where the lake is, laid out as in its bucket."""
        return self.state / "lake"
