"""The stack, started and stopped as one: emulator, environments, gateway."""

import contextlib
import errno
import fcntl
import logging
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from local.aws import Emulator
from local.environments import FunctionError, Pool
from local.gateway import Gateway
from local.lake.filling import Filling
from local.lake.plan import Plan, plan
from local.llm import ModelGateway, parameters
from local.options import Options, StartError
from local.storage import Configured, storage_stack
from local.template import Template, read
from local.wsgi import Server, listen

_SPARE_THREADS: Final = 16
_LOCK_PATIENCE_S: Final = 2.0

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Service:
    """A running stack."""

    url: str
    endpoint: str
    emulator: Emulator
    template: Template
    warnings: tuple[str, ...]
    llm_url: str
    """Where the language model gateway serves; empty if there is none."""
    lake: str
    """The bucket of the lake, which the directory `Options.lake` holds too; empty if there is none."""


@contextlib.contextmanager
def running(options: Options, progress: Progress = lambda _: None) -> Iterator[Service]:
    """Run the stack for the length of a ``with`` block; `progress` is told each step, and the end saves the state.

    Raises:
        StartError: something it needs is not to be had.
        TemplateError: the template cannot be run.
    """
    progress("reading the template")
    template = read(options.template)
    stack, lake = storage_stack(template, parameters(template, options)), plan(template)
    with contextlib.ExitStack() as cleanup:
        sock = cleanup.enter_context(_listen(options))
        lock = _claim(options, cleanup)
        llm = ModelGateway(options, stack, cleanup)
        progress("starting DynamoDB, S3 and Secrets Manager")
        emulator = Emulator(options, stack, lock, llm.values, lake.bucket if lake else "")
        cleanup.callback(emulator.close)
        pools = _pools(template, options, cleanup)
        emulated = emulator.ready()
        cleanup.callback(emulator.stop)
        llm.ready(progress)
        progress(f"starting {len(pools)} functions")
        # Every AWS service, not only the ones in use: nothing a function calls may leave this machine.
        here = {**options.variables, "AWS_ENDPOINT_URL": emulated.endpoint}
        _load(pools, stack.configured(emulated.outputs), llm, here)
        _log_to(options.logs / "gateway.log", "waitress", cleanup)
        if lake and emulated.lake:
            _fill(lake, options, emulator, cleanup)
        server = Server(Gateway(template.routes, pools), sock, len(pools) * options.environments + _SPARE_THREADS)
        cleanup.callback(_close, server, pools)
        url = f"http://{options.host}:{sock.getsockname()[1]}"
        yield Service(url, emulated.endpoint, emulator, template, emulated.warnings, llm.url, emulated.lake)


def _pools(template: Template, options: Options, cleanup: contextlib.ExitStack) -> dict[str, Pool]:
    """A pool of environments for each function, the first of which starts now."""
    pools = {}
    for function in template.functions:
        pools[function.name] = pool = Pool(function, options.logs, options.environments, options.program)
        cleanup.callback(pool.close)
    return pools


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


def _load(
    pools: Mapping[str, Pool], configured: Mapping[str, Configured], llm: ModelGateway, here: Mapping[str, str]
) -> None:
    """Load the first environment of each function, all at the same time; all are told what is `here`."""
    try:
        for name, pool in pools.items():
            told = {**configured[name].environment, **here, **llm.variables(configured[name])}
            pool.configure(replace(configured[name], environment=told))
        for pool in pools.values():
            pool.load()
    except FunctionError as error:
        raise StartError(f"{pool.function.name} does not load: {error}") from error


def _fill(lake: Plan, options: Options, emulator: Emulator, cleanup: contextlib.ExitStack) -> None:
    """Fill the lake from now on, at last with what was written until nothing runs any more."""
    _log_to(options.logs / "lake.log", "local.lake", cleanup)
    filling = Filling(lake, logs=options.logs, root=options.lake, stored=emulator.put)
    cleanup.callback(filling.close)


def _log_to(path: Path, name: str, cleanup: contextlib.ExitStack) -> None:
    """Keep what the HTTP server, or whoever fills the lake, has to say out of the terminal."""
    logger = logging.getLogger(name)
    handler = logging.FileHandler(path, delay=True)
    logger.addHandler(handler)
    cleanup.callback(handler.close)
    cleanup.callback(logger.removeHandler, handler)
