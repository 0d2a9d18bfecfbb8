"""Prompt rotation: what the variable may hold, and who gets which version when."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import identifiers
from tipbandit_recommender.rotation import PromptRotation

PAGE: Final = Path(__file__).parents[2] / "docs" / "prompts.md"
DAY: Final = date(2026, 11, 23)
USERS: Final = [f"user-{number}" for number in range(3_000)]
THREE: Final = PromptRotation.parse("v1,v2,v3")


def chi_square(drawn: Iterable[object], kinds: int) -> float:
    """Pearson's statistic against ``kinds`` equal counts."""
    counts = Counter(drawn)
    expected = counts.total() / kinds
    never = (kinds - len(counts)) * expected
    return never + sum((count - expected) ** 2 / expected for count in counts.values())


@pytest.fixture(scope="module")
def snippet() -> Callable[[str, str], str]:
    """What docs/prompts.md shows."""
    (source,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102  our own page
    version: Callable[[str, str], str] = names["prompt_version"]
    return version


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_blank_leaves_the_choice_to_the_service(text: str) -> None:
    assert PromptRotation.parse(text).version("user-17", DAY) is None
    assert PromptRotation.from_env({}).version("user-17", DAY) is None


def test_one_name_is_everybodys() -> None:
    one = PromptRotation.from_env({"TIP_PROMPT_VERSION": " v9 "})

    assert {one.version(user, DAY) for user in USERS} == {"v9"}


def test_names_are_read_in_their_order_with_or_without_spaces() -> None:
    assert PromptRotation.parse("v2, v1 ,short.2026-11_b").versions == ("v2", "v1", "short.2026-11_b")


def test_every_wrong_name_and_every_repetition_stands_in_one_error() -> None:
    with pytest.raises(ValueError, match="TIP_PROMPT_VERSION") as raised:
        PromptRotation.parse(f"v1,v 2,,v3,.hidden,v1,v/4,{'x' * 65},v1")

    wrong = ["v 2", "", ".hidden", "v/4", "x" * 65]
    assert [name for name in wrong if f"{name!r} is no name of a prompt version" in str(raised.value)] == wrong
    assert "'v1' stands there 3 times" in str(raised.value)
    assert "'v3'" not in str(raised.value)


@pytest.mark.parametrize("text", [",", "v1,", ",v1", "v1,,v2", "v1;v2", "v1 v2", "v1:2,v2:1", "v1=0.9"])
def test_a_list_is_read_strictly_and_has_no_weights(text: str) -> None:
    with pytest.raises(ValueError, match="is no name of a prompt version"):
        PromptRotation.parse(text)


@given(identifiers, st.dates(min_value=date(1000, 1, 1)), st.integers(1, 9))
def test_it_draws_what_the_guides_snippet_draws(
    snippet: Callable[[str, str], str], user_id: str, day: date, count: int
) -> None:
    text = ", ".join(f"v{number}" for number in range(count))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TIP_PROMPT_VERSION", text)
        assert PromptRotation.from_env().version(user_id, day) == snippet(user_id, str(day))


def test_a_user_keeps_the_version_for_all_of_a_day() -> None:
    hours = [datetime(2026, 11, 23, hour, 59, tzinfo=UTC) for hour in range(24)]

    for user in USERS[:50]:
        assert {THREE.version(user, hour) for hour in hours} == {THREE.version(user, DAY)}


def test_users_are_spread_evenly_over_the_versions_of_a_day() -> None:
    """Chi-square with 2 degrees of freedom exceeds 13.8 once in a thousand."""
    assert chi_square((THREE.version(user, DAY) for user in USERS), 3) < 13.8


def test_the_days_of_a_user_are_spread_evenly_over_the_versions() -> None:
    days = [DAY + timedelta(days=number) for number in range(3_000)]

    assert chi_square((THREE.version("user-17", day) for day in days), 3) < 13.8


def test_a_day_says_nothing_of_the_next() -> None:
    """Each of the nine pairs is as frequent: chi-square with 8 degrees of freedom exceeds 26.1 once in a thousand."""
    pairs = [(THREE.version(user, DAY), THREE.version(user, DAY + timedelta(days=1))) for user in USERS]

    assert chi_square(pairs, 9) < 26.1
