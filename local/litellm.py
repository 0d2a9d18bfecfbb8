"""The LiteLLM gateway, seen from the process that starts it.

LiteLLM lives in an environment of its own, ``tools/litellm``: `local.litellm_proxy` runs there, and this module,
which imports nothing of it, here.
"""

import contextlib
import os
import re
from pathlib import Path
from typing import Final

from local.child import Child, ChildDiedError

ROOT: Final = Path(__file__).resolve().parents[1]
INTERPRETER: Final = ROOT / "tools/litellm/.venv/bin/python"
CONFIG: Final = ROOT / "tools/litellm/config.yaml"

_HOST: Final = "127.0.0.1"
_PROGRAM: Final = Path(__file__).with_name("litellm_proxy.py")
_PATIENCE_S: Final = 120.0
_FROM_ENVIRONMENT: Final = re.compile(r"os\.environ/(\w+)")
"""How a configuration of LiteLLM's names a variable to take a value from."""


class LiteLLMError(Exception):
    """The gateway cannot run; the message is one line for the person who started it."""


class LiteLLM:
    """A LiteLLM proxy on a free port of this machine, started at once, that ends with this process.

    It serves the model groups of `config` to whoever sends `key` as the bearer token, and prints to `log`. Of the
    environment it gets the variables that `config` names, such as a provider's key, and no others.

    Raises:
        LiteLLMError: its environment is not there, or `config` cannot be read.
    """

    def __init__(self, config: Path, key: str, log: Path) -> None:
        if not INTERPRETER.exists():
            raise LiteLLMError("the LiteLLM gateway is not installed: run `make run LLM=litellm`, which does it once")
        self._config = config.resolve()
        self._child = Child(
            [str(_PROGRAM)],
            directory=INTERPRETER.parent,  # LiteLLM puts the directory two above on its import path
            log=log,
            variables={**_named(self._config), "LITELLM_MASTER_KEY": key},
            interpreter=str(INTERPRETER),
        )
        with contextlib.suppress(ChildDiedError):  # `ready` will say so
            self._child.send({"config": str(self._config), "host": _HOST, "port": 0})
        self._url = ""

    def ready(self) -> str:
        """Wait until it serves; return its address, without a path.

        Raises:
            LiteLLMError: it cannot serve.
        """
        if not self._url:
            try:
                answer = self._child.receive(_PATIENCE_S)
            except (ChildDiedError, TimeoutError):
                raise LiteLLMError(
                    f"the LiteLLM gateway failed on {self._config}; the last lines of {self._child.log} say why"
                ) from None
            self._url = f"http://{_HOST}:{answer['ok']['port']}"
        return self._url

    def close(self) -> None:
        """End it at once."""
        self._child.close()


def _named(config: Path) -> dict[str, str]:
    """The variables of the environment that `config` takes values from, where they are set."""
    try:
        text = config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LiteLLMError(f"cannot read {config}: {error}") from error
    return {name: os.environ[name] for name in _FROM_ENVIRONMENT.findall(text) if name in os.environ}
