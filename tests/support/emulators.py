"""The emulators of DynamoDB: two, by different people, so that what one of them forgives the other finds.

Each runs once a test process, in one of its own, and every test that wants a table gets a new one.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from local.template import read
from tests.support import emulator
from tests.support.cloud import TABLE, Cloud
from tests.support.dynalite import Dynalite
from tests.support.emulator import reached_at
from tipbandit.adapters import sdk
from tipbandit.adapters.aws import Timeouts

PATIENT: Final = Timeouts(connect_ms=30_000, read_ms=30_000)
"""These tests are about what is answered, not about when: a busy machine must not time out."""
_SOON: Final = {"Delay": 0.01, "MaxAttempts": 1000}
_TEMPLATE: Final = Path(__file__).parents[2] / "template.yaml"


class Capability(StrEnum):
    """What DynamoDB can, and an emulator may not."""

    TRANSACTIONS = "several items are written all or none"
    DURABILITY = "what was acknowledged outlives the process, however it ends"


@dataclass(frozen=True)
class Emulator:
    """One of them: how it is run in a directory with an empty state table, and what it cannot, with the reason."""

    name: str
    run: Callable[[Path], AbstractContextManager[str]]
    lacks: Mapping[Capability, str] = field(default_factory=dict)
    marks: tuple[pytest.MarkDecorator, ...] = ()

    @property
    def param(self) -> Any:  # noqa: ANN401  pytest does not name it
        """The emulator as one of the values that a test is run with."""
        return pytest.param(self, id=self.name, marks=self.marks)


@contextmanager
def dynalite(directory: Path) -> Iterator[Dynalite]:
    """Run dynalite with an empty state table."""
    running = Dynalite(directory)
    try:
        make_table(_operator(running.endpoint), emulator.TABLE)
        yield running
    finally:
        running.kill()


@contextmanager
def _dynalite(directory: Path) -> Iterator[str]:
    with dynalite(directory) as running:
        yield running.endpoint


MOTO: Final = Emulator(
    "moto",
    emulator.emulator,
    {Capability.DURABILITY: "it keeps its tables in memory, and saves them when it is told to stop"},
)
DYNALITE: Final = Emulator(
    "dynalite",
    _dynalite,
    {Capability.TRANSACTIONS: "it does not know the operation TransactWriteItems"},
    (pytest.mark.slow,),
)
EMULATORS: Final = (MOTO, DYNALITE)


def on(argument: str, *needed: Capability) -> pytest.MarkDecorator:
    """Run a test on every emulator that can what is ``needed``: ``argument`` is the fixture that depends on it."""
    able = [each.param for each in EMULATORS if not each.lacks.keys() & set(needed)]
    return pytest.mark.parametrize(argument, able, indirect=True)


def make_table(dynamodb: Any, name: str, **otherwise: Any) -> None:  # noqa: ANN401  see adapters.aws
    """Make a table that is keyed and, unless told otherwise, billed as StateTable in template.yaml.

    It comes in the background, as it does in AWS.
    """
    dynamodb.create_table(TableName=name, **{**_schema(), **otherwise})
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig=_SOON)


@contextmanager
def table_at(dynamodb: Any, name: str, **otherwise: Any) -> Iterator[None]:  # noqa: ANN401  see adapters.aws
    """Make such a table, and take it away again."""
    make_table(dynamodb, name, **otherwise)
    try:
        yield
    finally:
        dynamodb.delete_table(TableName=name)
        dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig=_SOON)


@cache
def _schema() -> Mapping[str, Any]:
    asked = read(_TEMPLATE).document["Resources"]["StateTable"]["Properties"]
    return {key: asked[key] for key in ("BillingMode", "AttributeDefinitions", "KeySchema")}


@cache
def _operator(endpoint: str) -> Any:  # noqa: ANN401  see adapters.aws
    """The client that makes tables there, made once: that takes longer than most tests."""
    with reached_at(endpoint):
        return sdk.client("dynamodb", PATIENT)


_RUNNING: Final = pytest.StashKey[dict[str, str]]()


def endpoint_of(asked: Emulator, request: pytest.FixtureRequest) -> str:
    """Return the address of an emulator, which runs from the first time it is asked for until the tests are over."""
    running = request.config.stash.setdefault(_RUNNING, {})
    if asked.name not in running:
        directories: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        until_the_end = ExitStack()
        request.config.add_cleanup(until_the_end.close)
        running[asked.name] = until_the_end.enter_context(asked.run(directories.mktemp(asked.name)))
    return running[asked.name]


@contextmanager
def empty_table(endpoint: str) -> Iterator[Cloud]:
    """Make the state table there, and take it away again; SDK clients made in the block talk to it."""
    operator = _operator(endpoint)
    with reached_at(endpoint), table_at(operator, TABLE):
        yield Cloud(operator, secrets=None, s3=None)
