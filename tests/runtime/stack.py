"""The built template, run: emulated storage as it says, and environments of its functions with what it tells them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Final

from local.aws import Emulator
from local.llm import parameters
from local.options import Options
from local.storage import Configured, storage_stack
from local.template import Function, read
from tests.runtime import built
from tests.runtime.environment import Environment
from tests.support.recorded import VARIABLES

_ENDPOINT: Final = "AWS_ENDPOINT_URL_"
_DYNAMODB: Final = "AWS_ENDPOINT_URL_DYNAMODB"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Stack:
    """What a deployment makes, as far as one machine has it: ``endpoint`` is where its AWS answers."""

    endpoint: str
    functions: Mapping[str, Function]
    configured: Mapping[str, Configured]
    directory: Path

    @contextmanager
    def environment(
        self, name: str, *, dynamodb: str | None = None, timeout_s: float | None = None
    ) -> Iterator[Environment]:
        """Run an environment of the function ``name`` ("score" ...).

        Args:
            name: the function.
            dynamodb: where it finds DynamoDB, if not at the emulator.
            timeout_s: the time that Lambda gives it, if not the template's.
        """
        function = self.functions[f"{name.title()}Function"]
        configured = self.configured[function.name]
        told = {
            key: self.endpoint if key.startswith(_ENDPOINT) else value
            for key, value in {**configured.environment, **VARIABLES}.items()
        }
        told |= {_DYNAMODB: dynamodb or self.endpoint}
        given = replace(configured, environment=told, timeout_s=timeout_s or configured.timeout_s)
        environment = Environment(function, given, self.directory / f"{name}-{next(_numbers)}.log")
        try:
            yield environment
        finally:
            environment.close()


@contextmanager
def running(directory: Path) -> Iterator[Stack]:
    """Run what was built; ``directory`` takes the logs."""
    options = Options(template=built.TEMPLATE, state=directory / "aws")
    template = read(options.template)
    storage = storage_stack(template, parameters(template, options))
    with ExitStack() as cleanup:
        options.logs.mkdir(parents=True)
        lock = cleanup.enter_context((options.state / "lock").open("a"))
        emulator = Emulator(options, storage, lock.fileno(), values={}, lake="")
        cleanup.callback(emulator.close)
        emulated = emulator.ready()
        functions = {function.name: function for function in template.functions}
        yield Stack(emulated.endpoint, functions, storage.configured(emulated.outputs), directory)
