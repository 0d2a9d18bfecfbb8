"""What all of these tests look at."""

import pytest

from tests.runtime import built


@pytest.fixture
def is_built() -> None:
    """There is a build; else the test is skipped, or fails, as ``built.needed`` says."""
    built.needed()
