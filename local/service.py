"""The stack, started and stopped as one: emulator, environments, gateway."""

import contextlib
import errno
import fcntl
import logging
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from local.child import Child, ChildDiedError
from local.environments import FunctionError, Pool
from local.gateway import Gateway
from local.storage import StorageStack, storage_stack
from local.template import Template, read
from local.wsgi import Server, listen

ROOT: Final = Path(__file__).resolve().parents[1]
_SPARE_THREADS: Final = 16
_LOCK_PATIENCE_S: Final = 2.0
_EMULATOR_PATIENCE_S: Final = 120.0

Progress = Callable[[str], None]


class StartError(Exception):
    """The stack cannot run; the message is one line for the person who started it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to run and where; every path may be relative to the working directory."""

    template: Path = ROOT / "template.yaml"
    state: Path = ROOT / ".local"
    host: str = "127.0.0.1"
    port: int = 0
    emulator_host: str = "127.0.0.1"
    emulator_port: int = 0
    environments: int = 4
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def logs(self) -> Path:
        """Where each function's log is."""
        return self.state / "logs"


class Emulator:
    """The process with the AWS services, seen from outside."""

    def __init__(self, options: Options, stack: StorageStack, lock: int) -> None:
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
            }
        )
        self.saved = False

    def ready(self) -> tuple[str, dict[str, str]]:
        """Wait until it serves; return its address and the outputs of the storage stack.

        Raises:
            StartError: it cannot.
        """
        answer = self._receive()
        return answer["endpoint"], answer["outputs"]

    def _receive(self) -> dict[str, Any]:
        try:
            answer = self._child.receive(_EMULATOR_PATIENCE_S)
        except (ChildDiedError, TimeoutError):
            raise StartError(f"the emulator failed; the last lines of {self._child.log} say why") from None
        if "error" in answer:
            raise StartError(answer["error"])
        return answer["ok"] or {}

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


@dataclass(frozen=True, slots=True)
class Service:
    """A running stack."""

    url: str
    endpoint: str
    emulator: Emulator
    template: Template


@contextlib.contextmanager
def running(options: Options, progress: Progress = lambda _: None) -> Iterator[Service]:
    """Run the stack for the length of a ``with`` block; `progress` is told each step, and the end saves the state.

    Raises:
        StartError: something it needs is not to be had.
        TemplateError: the template cannot be run.
    """
    progress("reading the template")
    template = read(options.template)
    stack = storage_stack(template, options.parameters)
    with contextlib.ExitStack() as cleanup:
        sock = cleanup.enter_context(_listen(options))
        lock = _claim(options, cleanup)
        progress("starting DynamoDB, S3 and Secrets Manager")
        emulator = Emulator(options, stack, lock)
        cleanup.callback(emulator.close)
        pools = {}
        for function in template.functions:
            pools[function.name] = pool = Pool(function, options.logs, options.environments)
            cleanup.callback(pool.close)
        endpoint, outputs = emulator.ready()
        cleanup.callback(emulator.stop)
        progress(f"starting {len(pools)} functions")
        _load(pools, stack, endpoint, outputs)
        _log_to(options.logs / "gateway.log", cleanup)
        threads = len(pools) * options.environments + _SPARE_THREADS
        server = Server(Gateway(template.routes, pools), sock, threads)
        cleanup.callback(_close, server, pools)
        yield Service(f"http://{options.host}:{sock.getsockname()[1]}", endpoint, emulator, template)


def _close(server: Server, pools: Mapping[str, Pool]) -> None:
    """Answer nobody and run nothing any more: only then is the state at rest and can be saved."""
    server.close()
    for pool in pools.values():
        pool.close()


def _listen(options: Options) -> socket.socket:
    try:
        return listen(options.host, options.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"port {options.port} is taken; another one: make run PORT={options.port + 1}") from error
        raise StartError(f"cannot listen on {options.host}:{options.port}: {error.strerror}") from error


def _claim(options: Options, cleanup: contextlib.ExitStack) -> int:
    """Make the state directory and lock it, so that two stacks never share one."""
    path = options.state / "lock"
    try:
        options.logs.mkdir(parents=True, exist_ok=True)
        lock = cleanup.enter_context(path.open("a")).fileno()
    except OSError as error:
        raise StartError(f"cannot write {error.filename}: {error.strerror}") from error
    deadline = time.monotonic() + _LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A stack that was killed may still be saving.
            if time.monotonic() > deadline:
                raise StartError(
                    f"{options.state} is in use by another stack: stop it first (a killed one saves for some seconds)"
                ) from None
            time.sleep(0.1)
        else:
            return lock


def _load(pools: Mapping[str, Pool], stack: StorageStack, endpoint: str, outputs: Mapping[str, str]) -> None:
    """Load the first environment of each function, all at the same time."""
    configured = stack.configured(outputs)
    try:
        for name, pool in pools.items():
            # Every AWS service, not only the ones in use: nothing a function calls may leave this machine.
            variables = {**configured[name].environment, "AWS_ENDPOINT_URL": endpoint}
            pool.configure(replace(configured[name], environment=variables))
        for pool in pools.values():
            pool.load()
    except FunctionError as error:
        raise StartError(f"{pool.function.name} does not load: {error}") from error


def _log_to(path: Path, cleanup: contextlib.ExitStack) -> None:
    """Keep what the HTTP server has to say out of the terminal."""
    logger = logging.getLogger("waitress")
    handler = logging.FileHandler(path, delay=True)
    logger.addHandler(handler)
    cleanup.callback(handler.close)
    cleanup.callback(logger.removeHandler, handler)
