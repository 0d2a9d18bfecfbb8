"""The functions against an emulated AWS: every test gets an account and environments of its own."""

from collections.abc import Iterator

import pytest

from tests.functional.gateway import Gateway, answering
from tests.infra.grants import may
from tests.infra.recorder import Action, guarding
from tests.support.cloud import Cloud, emulated
from tests.support.lambdas import Function, load


@pytest.fixture(scope="module", autouse=True)
def _refused() -> Iterator[list[tuple[str, Action]]]:
    """Every function has the role that the template gives it, as long as a module's environments may live."""
    with guarding(may) as refused:
        yield refused


@pytest.fixture(autouse=True)
def _no_more_than_the_role_grants(_refused: list[tuple[str, Action]]) -> Iterator[None]:
    """What a function does in a test, its role lets it do."""
    _refused.clear()
    yield
    assert _refused == [], "the template does not grant this"


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
