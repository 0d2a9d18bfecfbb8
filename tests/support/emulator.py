"""The emulator of ``make run``, in a process of its own: conditional writes that are atomic, over a real socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from local.child import REGION, Child
from tests.support import cloud

TABLE: Final = "state"
_ROOT: Final = Path(__file__).parents[2]
_PATIENCE_S: Final = 120.0
_KEY: Final = (("user_id", "HASH"), ("kind", "RANGE"))
_STATE_TABLE: Final = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in _KEY],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in _KEY],
    },
}


@contextmanager
def emulator(directory: Path) -> Iterator[str]:
    """Run the emulator with an empty state table; gives its address. ``directory`` takes its log and state."""
    child = Child(
        ["-m", "local.emulator"],
        directory=_ROOT,
        log=directory / "emulator.log",
        variables={"PYTHONPATH": str(_ROOT)},
    )
    try:
        order = {
            "body": {"Resources": {"StateTable": _STATE_TABLE}},
            "parameters": {},
            "host": "127.0.0.1",
            "port": 0,
            "state": str(directory / "state.json"),
            "lake": {"bucket": "", "directory": str(directory)},
        }
        answer = child.ask(order, _PATIENCE_S)
        assert "ok" in answer, answer
        yield answer["ok"]["endpoint"]
    finally:
        child.close()


@contextmanager
def reached_at(endpoint: str) -> Iterator[None]:
    """Have SDK clients that are made in the block talk to ``endpoint``, as nobody in particular."""
    with pytest.MonkeyPatch.context() as environment:
        for name in cloud.ABSENT_VARIABLES:
            environment.delenv(name, raising=False)
        here = {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}
        here |= {"AWS_ENDPOINT_URL_DYNAMODB": endpoint, "AWS_ENDPOINT_URL_SECRETS_MANAGER": endpoint}
        for name, value in {**cloud.ENVIRONMENT, **here}.items():
            environment.setenv(name, value)
        yield
