"""What the warm path runs on: emulators in processes of their own, users who have learned, environments, a probe."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from benchmarks import warm_bare, warm_probe, warm_processor
from benchmarks.warm_loop import BUILD, INTERPRETER, ROOT, Loop, variables
from benchmarks.warm_requests import PLAYED, learned
from local.aws import Emulator
from local.child import Child
from local.llm import parameters
from local.options import Options
from local.storage import Configured, storage_stack
from local.template import Template, read
from tipbandit.adapters.clock import SystemClock
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import ABSENT

PROBED: Final = "probed"
"""The user whom the probe writes for: nobody else may, or its writes would not hold."""
_DYNALITE: Final = ROOT / "tools/dynalite"
_NODE: Final = ROOT / "tools/node/.venv/bin/python"
_PATIENCE_S: Final = 60.0
_SCHEMA: Final = ("BillingMode", "AttributeDefinitions", "KeySchema")

Asked = tuple[str, str, str]
"""Operation, user id, policy key."""


@dataclass(frozen=True, slots=True)
class Table:
    """A state table behind an emulator, which ``is`` one or the other, at ``endpoint``."""

    emulator: str
    endpoint: str
    name: str

    def client(self) -> Any:  # noqa: ANN401  boto3 makes it at run time
        """Return the SDK's client for it."""
        session = boto3.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name="us-east-1")  # noqa: S106
        config = Config(read_timeout=60, retries={"total_max_attempts": 1})
        return session.client("dynamodb", endpoint_url=self.endpoint, config=config)

    def settle(self, users: Sequence[str]) -> None:
        """Let these users have learned, with each policy that is played."""
        store, now_ms = DynamoStateStore(self.name, self.client()), SystemClock().now_ms()
        for key in PLAYED:
            for seed, user in enumerate(users):
                store.replace(user, key, old=ABSENT, new=learned(POLICIES[key], seed, now_ms))


@contextmanager
def dynalite(directory: Path, template: Template, name: str) -> Iterator[Table | None]:
    """Run dynalite with an empty state table, where it is installed."""
    if not (_DYNALITE / "node_modules/.ready").exists():
        yield None
        return
    arguments = [str(_DYNALITE / "launch.py"), str(_DYNALITE / "serve.js")]
    child = Child(arguments, directory=_DYNALITE, log=directory / "dynalite.log", variables={}, interpreter=str(_NODE))
    try:
        answer = child.ask({"path": str(directory / "dynalite"), "port": 0}, _PATIENCE_S)
        table = Table("dynalite", answer["ok"]["endpoint"], name)
        asked = template.document["Resources"]["StateTable"]["Properties"]
        client = table.client()
        client.create_table(TableName=name, **{key: asked[key] for key in _SCHEMA})
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 200})
        yield table
    finally:
        child.close()


class Probe:
    """The table's calls alone, made by the functions' client in a process of its own."""

    def __init__(self, environment: Configured, directory: Path, processor: int | None) -> None:
        """Start the process, on ``processor``."""
        self._child = Child(
            [str(Path(warm_probe.__file__))],
            directory=directory,
            log=directory / "probe.log",
            variables={
                **variables("probe", directory),
                **environment.environment,
                warm_processor.VARIABLE: "" if processor is None else str(processor),
            },
            interpreter=str(INTERPRETER),
        )

    def ask(self, asked: Sequence[Asked]) -> list[tuple[float, float]]:
        """Make some calls; return milliseconds by the clock, and of CPU, of each."""
        line: Any = asked  # a list, where what a child is sent is else an object
        self._child.send(line)
        return [(wall, cpu) for wall, cpu in self._child.receive(_PATIENCE_S)["ms"]]

    def close(self) -> None:
        """End it."""
        self._child.close()


@dataclass(frozen=True, slots=True)
class Stack:
    """All of it, running; ``loops`` has the environments by "score", "reward" and "bare"."""

    table: Table
    loops: dict[str, Loop]
    probe: Probe


@dataclass(frozen=True, slots=True)
class Services:
    """What functions run on.

    Attributes:
        table: the state table.
        codes: where a function's code lies, by its name in the template.
        settings: a function's, with the addresses of the emulators.
        processor: the functions' own, if there is one.
    """

    table: Table
    codes: dict[str, Path]
    settings: dict[str, Configured]
    processor: int | None


@contextmanager
def services(directory: Path) -> Iterator[Services]:
    """Run emulated services for what was built, with no users; ``directory`` takes the logs."""
    options = Options(template=BUILD / "template.yaml", state=directory / "aws")
    template = read(options.template)
    storage = storage_stack(template, parameters(template, options))
    processor = warm_processor.spare()
    with ExitStack() as cleanup:
        cleanup.enter_context(warm_processor.apart(processor))
        options.logs.mkdir(parents=True)
        lock = cleanup.enter_context((options.state / "lock").open("a"))
        emulator = Emulator(options, storage, lock.fileno(), values={}, lake="")
        cleanup.callback(emulator.close)
        emulated = emulator.ready()
        configured = storage.configured(emulated.outputs)
        name = configured["ScoreFunction"].environment["STATE_TABLE"]
        fast = cleanup.enter_context(dynalite(directory, template, name))
        table = fast or Table("moto", emulated.endpoint, name)
        here = {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": emulated.endpoint,
            "AWS_ENDPOINT_URL_DYNAMODB": table.endpoint,
        }
        settings = {name: replace(each, environment={**each.environment, **here}) for name, each in configured.items()}
        yield Services(table, {function.name: function.code for function in template.functions}, settings, processor)


@contextmanager
def running(directory: Path, users: Sequence[str]) -> Iterator[Stack]:
    """Run what was built against emulated services, with ``users`` who have learned; ``directory`` takes the logs."""
    with services(directory) as given, ExitStack() as cleanup:
        given.table.settle([*users, PROBED])
        loops = _loops(given, directory, cleanup)
        probe = Probe(given.settings["ScoreFunction"], directory, given.processor)
        cleanup.callback(probe.close)
        yield Stack(given.table, loops, probe)


def _loops(given: Services, directory: Path, cleanup: ExitStack) -> dict[str, Loop]:
    bare = directory / "bare"
    bare.mkdir()
    shutil.copy(warm_bare.__file__, bare / "app.py")
    loops = {}
    for name, code, settings in (
        ("score", given.codes["ScoreFunction"], given.settings["ScoreFunction"]),
        ("reward", given.codes["RewardFunction"], given.settings["RewardFunction"]),
        ("bare", bare, given.settings["ScoreFunction"]),
    ):
        log = directory / f"{name}.log"
        loops[name] = loop = Loop(name, code, "app.handler", settings, log, processor=given.processor)
        cleanup.callback(loop.close)
    return loops
