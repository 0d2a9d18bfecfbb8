"""Days as commands are asked for them: FROM..TO, or one."""

from datetime import date

import pytest

from tipbandit_lab.errors import RunError
from tipbandit_lab.lake.window import window


def test_a_window_is_two_days_or_one_or_all() -> None:
    assert window("2026-01-05..2026-01-18") == (date(2026, 1, 5), date(2026, 1, 18))
    assert window(" 2026-01-05 ") == (date(2026, 1, 5), date(2026, 1, 5))
    assert window("2026-01-05..2026-01-05") == window("2026-01-05")
    assert window(None) is None


@pytest.mark.parametrize(
    "days", ["", "..", "..2026-01-05", "2026-01-05..", "yesterday", "2026-01-05...2026-01-06", "2026-13-01..2026-13-02"]
)
def test_what_is_no_window_is_refused_with_an_example(days: str) -> None:
    with pytest.raises(RunError) as refused:
        window(days, option="--logged-days")
    assert str(refused.value) == f"--logged-days is FROM..TO, as 2026-01-05..2026-01-11, not {days!r}"


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(RunError, match="--days: 2026-01-06 is after 2026-01-05"):
        window("2026-01-06..2026-01-05")
