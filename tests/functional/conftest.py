"""The functions against an emulated AWS: every test gets an account and environments of its own."""

from collections.abc import Iterator

import pytest

from tests.functional.gateway import Gateway, answering
from tests.support.cloud import Cloud, emulated
from tests.support.lambdas import Function, load


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An emulated AWS account with an empty table, the token keys and the shipped prompts."""
    with emulated() as made:
        yield made


@pytest.fixture
def score(cloud: Cloud) -> Function:  # noqa: ARG001  it must be up first
    """The score function."""
    return load("score")


@pytest.fixture
def reward(cloud: Cloud) -> Function:  # noqa: ARG001
    """The reward function, with the reward window of the template."""
    return load("reward", REWARD_WINDOW_DAYS="7")


@pytest.fixture
def stats(cloud: Cloud) -> Function:  # noqa: ARG001
    """The stats function."""
    return load("stats")


@pytest.fixture
def reset(cloud: Cloud) -> Function:  # noqa: ARG001
    """The reset function, with the reward window of the template."""
    return load("reset", REWARD_WINDOW_DAYS="7")


@pytest.fixture
def generate(cloud: Cloud) -> Function:  # noqa: ARG001
    """The generate function, whose tips are written by rules."""
    return load("generate")


@pytest.fixture
def gateway(cloud: Cloud) -> Iterator[Gateway]:
    """A language model that does as told, and its key in the account."""
    with answering() as made:
        made.put_key(cloud.secrets)
        yield made
