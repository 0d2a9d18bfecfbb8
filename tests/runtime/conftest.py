"""One stack and one environment of each function for all tests that only invoke; who ends some makes others."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.runtime import built
from tests.runtime.environment import Environment
from tests.runtime.stack import Stack, running

Environments = Callable[[str], Environment]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """What was built, with an AWS of its own."""
    built.needed()
    with running(tmp_path_factory.mktemp("runtime")) as made:
        yield made


@pytest.fixture(scope="session")
def environment(stack: Stack) -> Iterator[Environments]:
    """Give the environment of a function, by its name: made once, and then warm."""
    with ExitStack() as cleanup:
        yield cache(lambda name: cleanup.enter_context(stack.environment(name)))
