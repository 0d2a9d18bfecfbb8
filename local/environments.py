"""Lambda environments: each a process that runs one invocation at a time, and the pool a function has of them.

As in Lambda, a request takes an idle environment if there is one and starts another if not; beyond the limit
it waits. An environment that overruns the function's timeout, or dies, is replaced.
"""

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from local.child import ACCOUNT, REGION, Child, ChildDiedError
from local.options import PROGRAM
from local.storage import Configured
from local.template import Function

_INIT_TIMEOUT_S: Final = 30.0


class FunctionError(Exception):
    """The function gave no answer: it raised, overran its timeout, died, or could not be loaded."""


class PoolBusyError(Exception):
    """Every environment stayed busy for as long as the caller would wait."""


class Environment:
    """One process for one function, which it imports when `load` says with what configuration."""

    def __init__(self, function: Function, logs: Path, program: Path) -> None:
        self._name = function.name
        self._timeout_s = 0.0
        self._child = Child(
            [str(program)],
            directory=function.code,
            log=logs / f"{function.name}.log",
            variables=_variables(function),
        )
        self.loaded = False

    def configure(self, configured: Configured) -> None:
        """Give the environment its configuration, upon which it imports the handler.

        Raises:
            FunctionError: it is already dead.
        """
        self._timeout_s = configured.timeout_s
        memory = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configured.memory_mb)}
        with self._told("Init timed out"):
            self._child.send({"environment": {**configured.environment, **memory}})

    def load(self) -> None:
        """Wait until the handler is imported.

        Raises:
            FunctionError: the import failed.
        """
        with self._told("Init timed out"):
            _result(self._child.receive(_INIT_TIMEOUT_S))
        self.loaded = True

    def invoke(self, event: object, trace_id: str) -> object:
        """Run the handler on one event and return what it returned.

        Raises:
            FunctionError: the handler raised, overran its timeout or died.
        """
        request_id = str(uuid.uuid4())
        message = {
            "event": event,
            "request_id": request_id,
            "trace_id": trace_id,
            "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self._name}",
            "deadline_ms": (time.time() + self._timeout_s) * 1000,
        }
        with self._told(f"{request_id} Task timed out after {self._timeout_s:.2f} seconds"):
            return _result(self._child.ask(message, self._timeout_s))

    @contextlib.contextmanager
    def _told(self, late: str) -> Iterator[None]:
        """End the environment if it is late or dead; its log gets the reason it cannot write itself."""
        try:
            yield
        except TimeoutError:
            self._child.kill()
            self._note(late)
            raise FunctionError(late) from None
        except ChildDiedError as error:
            ended = f"the environment died, exit status {self._child.reap()}"
            self._note(ended)
            raise FunctionError(ended) from error

    def _note(self, line: str) -> None:
        """Write what the environment cannot say any more into its log."""
        with self._child.log.open("a", encoding="utf-8") as log:
            log.write(f"[ERROR] {line}\n")

    @property
    def usable(self) -> bool:
        """Whether it can take another event."""
        return self.loaded and self._child.alive

    def kill(self) -> None:
        """End the process at once; callable from any thread."""
        self._child.kill()

    def close(self) -> None:
        """End the process and free what it held; only for the thread that has the environment."""
        self._child.close()


def _result(answer: dict[str, Any]) -> object:
    if "error" in answer:
        raise FunctionError("{errorType}: {errorMessage}".format(**answer["error"]))
    return answer["ok"]


def _variables(function: Function) -> dict[str, str]:
    """What Lambda itself sets, as far as it is known before the configuration is."""
    return {
        # The handler's directory and its layers come before the installed packages, as in Lambda.
        "PYTHONPATH": ":".join(str(path) for path in (function.code, *function.layers)),
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": time.strftime("%Y/%m/%d/[$LATEST]") + uuid.uuid4().hex,
    }


class Pool:
    """The environments of one function. The first starts at once, to get ready while the rest of the stack does."""

    def __init__(self, function: Function, logs: Path, limit: int, program: Path = PROGRAM) -> None:
        self.function = function
        self._logs = logs
        self._limit = limit
        self._program = program.resolve()  # an environment works in the directory of its code
        self._changed = threading.Condition()
        self._idle = [self._start()]
        self._busy: set[Environment] = set()
        self._configured: Configured | None = None
        self._closed = False

    def _start(self) -> Environment:
        return Environment(self.function, self._logs, self._program)

    def configure(self, configured: Configured) -> None:
        """Have the first environment load; every later one gets the same configuration.

        Raises:
            FunctionError: it is already dead.
        """
        self._configured = configured
        self._idle[0].configure(configured)

    def load(self) -> None:
        """Wait until the first environment is ready.

        Raises:
            FunctionError: the handler cannot be imported.
        """
        self._idle[0].load()

    def invoke(self, event: object, trace_id: str, wait_s: float) -> object:
        """Run one event in an environment of its own and return what the handler returned.

        Raises:
            FunctionError: the function gave no answer.
            PoolBusyError: no environment was free within `wait_s`.
        """
        environment = self._take(time.monotonic() + wait_s)
        try:
            if not environment.loaded and self._configured:
                environment.configure(self._configured)
                environment.load()
            return environment.invoke(event, trace_id)
        finally:
            self._give(environment)

    def _take(self, deadline: float) -> Environment:
        with self._changed:
            while not self._closed:
                while self._idle and not self._idle[-1].usable:
                    self._idle.pop().close()
                if self._idle or len(self._busy) < self._limit:
                    environment = self._idle.pop() if self._idle else self._start()
                    self._busy.add(environment)
                    return environment
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    break
            raise PoolBusyError

    def _give(self, environment: Environment) -> None:
        with self._changed:
            self._busy.discard(environment)
            if environment.usable and not self._closed:
                self._idle.append(environment)
            else:
                environment.close()
            self._changed.notify()

    def close(self) -> None:
        """End every environment, also those that are running a handler."""
        with self._changed:
            self._closed = True
            for environment in self._idle:
                environment.close()
            self._idle.clear()
            for environment in self._busy:
                environment.kill()
            self._changed.notify_all()
