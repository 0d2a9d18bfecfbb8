"""The emulator in a process of its own, and the real functions on tables of a test's own."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from operations.command import main
from tests.support import cloud
from tests.support.bodies import scoring
from tests.support.emulator import emulator, reached_at
from tests.support.lambdas import Function, Invocation, load
from tipbandit.policies.registry import POLICIES

_numbers = itertools.count(1)
Run = Callable[..., tuple[int, str, str]]
USERS: Final = 3
STATES: Final = USERS * len(POLICIES)


@dataclass(frozen=True)
class Deployment:
    """A state table and functions that use it."""

    table: str
    dynamodb: Any

    @cached_property
    def score(self) -> Function:
        """The score function."""
        return load("score", STATE_TABLE=self.table)

    @cached_property
    def reward(self) -> Function:
        """The reward function."""
        return load("reward", STATE_TABLE=self.table, REWARD_WINDOW_DAYS="7")

    @cached_property
    def reset(self) -> Function:
        """The reset function."""
        return load("reset", STATE_TABLE=self.table, REWARD_WINDOW_DAYS="7")

    def decide(self, user_id: str, policy: str = "linucb/v1") -> str:
        """Have a decision made, and return its token."""
        token: str = self.score.post(f"/score/{policy}", scoring(user_id=user_id)).body["decision"]
        return token

    def teach(self, token: str, reward: float = 1.0) -> Invocation:
        """Reward a decision."""
        return self.reward.post("/reward", {"decision": token, "reward": reward})

    def fill(self, users: int) -> list[str]:
        """Have users taught, each by every policy, and return the tokens of the decisions they were rewarded for."""
        tokens = [self.decide(f"u-{number}", policy) for number in range(users) for policy in POLICIES]
        for number, token in enumerate(tokens):
            assert self.teach(token, reward=(number % 5) / 5).body["applied"] is True
        return tokens

    def items(self) -> list[dict[str, Any]]:
        """All items, sorted by key."""
        found = self.dynamodb.scan(TableName=self.table, ConsistentRead=True)["Items"]
        return sorted(found, key=lambda item: (item["user_id"]["S"], item["kind"]["S"]))

    def put(self, user_id: str, kind: str, **attributes: Any) -> None:  # noqa: ANN401  DynamoDB's notation
        """Store an item as it is."""
        self.dynamodb.put_item(
            TableName=self.table, Item={"user_id": {"S": user_id}, "kind": {"S": kind}, **attributes}
        )


Deploy = Callable[[], Deployment]


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The emulator, with the token keys."""
    with emulator(tmp_path_factory.mktemp("emulator")) as address, reached_at(address):
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(Name=cloud.SECRET_ID, SecretString=json.dumps({"active": "k1", **cloud.KEYS}))
        yield address


@pytest.fixture(scope="session")
def deploy(endpoint: str) -> Deploy:  # noqa: ARG001  it must be up first
    """Makes deployments, each with a new table."""
    dynamodb = boto3.client("dynamodb")

    def make() -> Deployment:
        table = f"table-{next(_numbers)}"
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("user_id", "kind")],
            KeySchema=[
                {"AttributeName": "user_id", "KeyType": "HASH"},
                {"AttributeName": "kind", "KeyType": "RANGE"},
            ],
        )
        return Deployment(table, dynamodb)

    return make


@pytest.fixture
def deployment(deploy: Deploy) -> Deployment:
    """One of them."""
    return deploy()


@pytest.fixture
def run(endpoint: str, capsys: pytest.CaptureFixture[str]) -> Run:  # noqa: ARG001  see deploy
    """Runs the command; gives its status, and what it printed and complained."""

    def command(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(each) for each in arguments])
        return status, *capsys.readouterr()

    return command


@pytest.fixture(scope="module")
def full(deploy: Deploy) -> Deployment:
    """A table with learned states, a tombstone, a count of tokens and something unheard of."""
    made = deploy()
    made.fill(USERS)
    made.reset.post("/reset", {"user_id": "u-0"})
    made.put("u-1", "tokens#2026-11-26", used={"N": "4200"}, expires_at={"N": "1795910400"})
    made.put("u-1", "later#1", nested={"M": {"list": {"L": [{"B": b"\x00\xff"}, {"NULL": True}]}}})
    return made


@pytest.fixture
def exported(full: Deployment, run: Run, tmp_path: Path) -> Path:
    """An export of it."""
    directory = tmp_path / "export"
    status, said, _ = run("export", full.table, directory)
    assert (status, said) == (0, f"exported {STATES + 2} items of {full.table} into {directory}\n")
    return directory
