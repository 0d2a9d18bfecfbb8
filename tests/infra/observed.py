"""The functions, watched: what they publish and log, and which of the template's log filters count it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import pytest

from local.filter_pattern import takes
from tests.functional.gateway import Gateway, answering
from tests.functional.moments import PATH, generating, without_bucket
from tests.infra.deployed import deployed, of_type
from tests.support.bodies import USER, rewarding, scoring
from tests.support.cloud import PRIOR_BUCKET, Cloud, emulated, prompts
from tests.support.lambdas import NAMES, Function, Invocation, load
from tipbandit.adapters import s3_prompts
from tipbandit.policies.registry import POLICIES

STACK: Final = "tipbandit"
"""What the stack is called whose functions are watched: metrics are in a namespace of that name."""


@dataclass
class Watched:
    """An account and its functions, with all that came of their invocations."""

    cloud: Cloud
    gateway: Gateway
    answers: list[tuple[Function, Invocation]] = field(default_factory=list)

    def load(self, name: str, **variables: str) -> Function:
        """Load a function; generate asks the gateway."""
        window = {"REWARD_WINDOW_DAYS": "7", **variables}
        return self.gateway.function(**window) if name == "generate" else load(name, **window)

    def post(self, function: Function, path: str, body: object) -> Invocation:
        """Invoke it, and keep what came of it."""
        return self.keep(function, function.post(path, body))

    def keep(self, function: Function, answer: Invocation) -> Invocation:
        """Keep what came of an invocation."""
        self.answers.append((function, answer))
        return answer

    def stats(self) -> Invocation:
        """Have somebody look at the user."""
        function = self.load("stats")
        return self.keep(function, function.get("/stats", user_id=USER))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every log line that came."""
        return [line for _, answer in self.answers for line in answer.logs]

    @property
    def published(self) -> set[tuple[str, frozenset[str], str, str]]:
        """Every metric that came, as (namespace, dimensions, name, service)."""
        return {
            (directive["Namespace"], frozenset(dimensions), metric["Name"], line["service"])
            for _, answer in self.answers
            for line in answer.metrics
            for directive in line["_aws"]["CloudWatchMetrics"]
            for dimensions in directive["Dimensions"]
            for metric in directive["Metrics"]
        }


@contextmanager
def watching() -> Iterator[Watched]:
    """Watch functions in an emulated account, with a language model that does as told."""
    with emulated() as cloud, answering() as gateway:
        gateway.put_key(cloud.secrets)
        yield Watched(cloud, gateway)


@cache
def eventful_day() -> Watched:
    """Return the functions after a day on which everything happened that is counted or looked for; all is over."""
    with watching() as day, pytest.MonkeyPatch.context() as patched:
        patched.setattr(s3_prompts, "FRESH_S", 0.0)
        _learn(day)
        for name in NAMES:
            day.post(day.load(name), f"/{name}", {"unknown": 1})
        _generate(day)
        _lose_the_table(day)
    return day


def _learn(day: Watched) -> None:
    day.post(day.load("score", PRIORS="linucb/v1=none", PRIOR_BUCKET=PRIOR_BUCKET), "/score", scoring())
    score, reward = day.load("score"), day.load("reward")
    for policy in POLICIES:
        token = day.post(score, f"/score/{policy}", scoring()).body["decision"]
        for _ in range(2):
            day.post(reward, "/reward", {"decision": token, "reward": 1})
        day.cloud.damage(USER, policy)
    day.post(score, "/score", scoring())
    day.stats()
    day.post(reward, "/reward", rewarding())
    day.post(day.load("reset"), "/reset", {"user_id": USER})


def _generate(day: Watched) -> None:
    generate = day.load("generate")
    day.post(generate, PATH, generating())
    day.cloud.put_prompt("v1", prompts()["v1"].replace(b"Write {{ n }}", b"Please write {{ n }}"))
    day.post(generate, PATH, generating())
    day.gateway.texts = ("no tips", "none")
    day.post(day.load("generate"), PATH, generating(fallback=True))
    day.gateway.status = 400
    day.post(day.load("generate"), PATH, generating(fallback=True))
    day.post(day.load("generate", TOKENS_PER_USER_DAY="1"), PATH, generating())
    without_bucket(day.cloud)
    day.post(generate, PATH, generating(fallback=True))


def _lose_the_table(day: Watched) -> None:
    score = day.load("score")
    day.cloud.delete_table()
    day.post(score, "/score", scoring())
    day.post(day.load("reward", DEADLINE_MS="50"), "/reward", rewarding())
    day.cloud.delete_keys()
    day.post(day.load("score"), "/score", scoring())


def counted(name: str, lines: list[dict[str, Any]]) -> set[str]:
    """The metrics that the template's filters make of the log lines of the function ``name``."""
    filters = [
        it for it in of_type(deployed(), "AWS::Logs::MetricFilter").values() if it["LogGroupName"]["Ref"] == _logs(name)
    ]
    return {
        it["MetricTransformations"][0]["MetricName"]
        for it in filters
        if any(takes(it["FilterPattern"], line) for line in lines)
    }


def _logs(name: str) -> str:
    group: str = deployed()[f"{name.title()}Function"]["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
    return group
