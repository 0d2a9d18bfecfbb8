"""The service as it is deployed, in front of an emulated AWS behind sockets, of which one service may fail."""

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from tests.degraded.cells import Cell, Outcome
from tests.degraded.faults import Standin, failing, standing_in
from tests.functional.moments import generating
from tests.infra.deployed import deployed
from tests.support import cloud, converse, wire
from tests.support.bodies import rewarding, scoring
from tests.support.cloud import Cloud
from tests.support.emulator import emulator
from tests.support.lambdas import Function, Invocation, load
from tipbandit.contracts.error import ErrorResponse

OK: Final = 200
_PHYSICAL: Final = {
    "StateTable": cloud.TABLE,
    "TokenKey": cloud.SECRET_ID,
    "PromptBucket": cloud.PROMPT_BUCKET,
    "PriorBucket": cloud.PRIOR_BUCKET,
}
SERVICES: Final = ("DYNAMODB", "SECRETS_MANAGER", "S3", "BEDROCK_RUNTIME")
NO_LONGER_FRESH_S: Final = 600.0
"""After this long keys and prompts are asked for again."""
_PATIENT: Final = {"STORE_CONNECT_TIMEOUT_MS": "10000", "STORE_READ_TIMEOUT_MS": "10000"}
"""For a table that is well: on a busy machine the emulator is slower than DynamoDB."""
_TIPS: Final = json.dumps({"tips": [{"text": "Stretch.", "kind": "break", "priority": 0.4}] * 3})


def variables(function: str) -> dict[str, str]:
    """Return the environment variables of a function as the template has them."""
    written: Mapping[str, Any] = _properties(function)["Environment"]["Variables"]
    return {
        name: _PHYSICAL.get(str(value["Ref"]), str(value["Ref"])) if isinstance(value, dict) else str(value)
        for name, value in written.items()
    }


def timeout_ms(function: str) -> int:
    """Return after how long Lambda ends an invocation."""
    return int(_properties(function)["Timeout"]) * 1000


def _properties(function: str) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = deployed()[f"{function.title()}Function"]["Properties"]
    return properties


@dataclass(frozen=True)
class Ran:
    """What came of a cell, and the seconds it took."""

    outcome: Outcome
    took_s: float


@dataclass
class Account:
    """The emulated account: where its services and its language model answer, and its operator's clients."""

    endpoint: str
    model: str
    cloud: Cloud
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def function(self, name: str, **at: str) -> Function:
        """Load a function as deployed; ``at`` says where the services are that may fail."""
        places = {f"AWS_ENDPOINT_URL_{service}": self.endpoint for service in SERVICES}
        places["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"] = self.model
        places |= {f"AWS_ENDPOINT_URL_{service}": url for service, url in at.items()}
        patience = {} if "DYNAMODB" in at else _PATIENT
        here = {**cloud.ENVIRONMENT, cloud.IN_LAMBDA: name}
        return load(name, **{**here, **variables(name), **patience, **places})

    @cached_property
    def score(self) -> Function:
        """An environment of /score for which all is well."""
        return self.function("score")

    @cached_property
    def reward(self) -> Function:
        """An environment of /reward for which all is well."""
        return self.function("reward")

    def taught(self) -> tuple[str, str]:
        """Return a user who has learned one reward, and the token of a decision made since."""
        user = f"user-{next(self.numbers)}"
        assert self.reward.post("/reward", rewarding(user_id=user)).body["n"] == 1
        return user, self.score.post("/score", scoring(user_id=user)).body["decision"]

    @contextmanager
    def behind(self, route: str, service: str) -> Iterator[tuple[Function, Standin]]:
        """Load a function, one of whose services has somebody in front of it who can be told to fail."""
        with standing_in(self.endpoint, is_s3=service == "S3") as standin:
            yield self.function(route, **{service: standin.url}), standin

    def items(self, user: str) -> list[dict[str, Any]]:
        """Return what is stored about a user's states."""
        return [
            item
            for item in self.cloud.items()
            if item["user_id"]["S"] == user and item["kind"]["S"].startswith("state#")
        ]


@contextmanager
def account(directory: Path) -> Iterator[Account]:
    """Run an account with the table, the token keys and the shipped prompts."""
    with emulator(directory) as endpoint, wire.serving(lambda _: converse.success(_TIPS), hangs_up=True) as model:
        session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=cloud.REGION)
        once = Config(retries={"total_max_attempts": 1})
        made = Cloud(
            *(session.client(name, endpoint_url=endpoint, config=once) for name in ("dynamodb", "secretsmanager", "s3"))
        )
        made.create_table()
        made.put_keys("k1", cloud.KEYS)
        made.create_bucket()
        for version, raw in cloud.prompts().items():
            made.put_prompt(version, raw)
        yield Account(endpoint, model.url, made)


def run(account: Account, cell: Cell) -> Ran:
    """Have a dependency fail and ask; then, with all well again, hold what is stored against what was said."""
    user, token = account.taught()
    before = account.items(user)
    with _asked(account, cell) as function:
        started = time.monotonic()
        answer = ask(function, user, token, fallback=cell.fallback)
        took_s = time.monotonic() - started
    if answer.status != OK:
        ErrorResponse.model_validate_json(answer.result["body"])
    outcome = Outcome(
        answer.status,
        answer.code,
        degraded=answer.body.get("degraded"),
        applied=answer.body.get("applied"),
        retry_after=answer.headers.get("retry-after"),
        changed=account.items(user) != before,
    )
    if cell.route == "reward":
        again = [ask(account.reward, user, token).body for _ in range(2)]
        assert [each["applied"] for each in again] == [not outcome.changed, False], "sent again, it is applied once"
        assert [each["n"] for each in again] == [2, 2]
    return Ran(outcome, took_s)


@contextmanager
def _asked(account: Account, cell: Cell) -> Iterator[Function]:
    """Give the function of a cell, whose dependency fails by now."""
    if not cell.is_warm:
        with failing(cell.fault, account.endpoint, is_s3=cell.service == "S3") as url:
            yield account.function(cell.route, **{cell.service: url})
        return
    with account.behind(cell.route, cell.service) as (function, standin):
        user, token = account.taught()
        assert ask(function, user, token).status == OK
        # Its own clock goes on: by now what it knows is to be read again.
        function.module.clock.monotonic = lambda: time.monotonic() + NO_LONGER_FRESH_S
        standin.fault = cell.fault
        yield function


def ask(function: Function, user: str, token: str, *, fallback: bool = True) -> Invocation:
    """Send the request of a function's route."""
    if function.name == "stats":
        return function.get("/stats", user_id=user)
    bodies: dict[str, Any] = {
        "score": scoring(user_id=user),
        "reward": {"decision": token, "reward": 1},
        "reset": {"user_id": user},
        "generate": generating(user_id=user, fallback=fallback),
    }
    return function.post(f"/{function.name}", bodies[function.name], remaining_ms=timeout_ms(function.name))
