"""Every look at a comparison is counted and costs."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.gate.synthetic import CANDIDATE, INCUMBENT

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.logged import LoggedCriteria, LoggedLook
from tipbandit_lab.gate.looks import logged_look, look, place


def kept(directory: Path, number: int, fingerprint: str, pair: tuple[str, str] = (CANDIDATE, INCUMBENT)) -> Path:
    """Write what is read of an earlier record."""
    candidate, incumbent = pair
    path = directory / f"{candidate}-against-{incumbent}-{number}.json".replace("/", "-")
    path.write_text(
        f'{{"candidate": "{candidate}", "incumbent": "{incumbent}", "fingerprint": "{fingerprint}", '
        f'"look": {{"number": {number}, "new in a later format": 1}}, "format": 9}}'
    )
    return path


def number(directory: Path, fingerprint: str, at_least: int | None = None) -> int:
    return place(directory, CANDIDATE, INCUMBENT, fingerprint, at_least=at_least)[0]


def test_the_first_look_is_number_one_even_where_there_is_no_directory(tmp_path: Path) -> None:
    assert place(tmp_path / "none", CANDIDATE, INCUMBENT, "a") == (1, tmp_path / "none/new-v2-against-old-v1-1.json")


def test_other_numbers_are_another_look_and_the_same_are_the_same(tmp_path: Path) -> None:
    kept(tmp_path, 1, "a")
    kept(tmp_path, 2, "b")
    assert number(tmp_path, "c") == 3
    assert number(tmp_path, "b") == 2
    assert place(tmp_path, CANDIDATE, INCUMBENT, "a") == (1, tmp_path / "new-v2-against-old-v1-1.json")


def test_a_record_that_was_removed_does_not_lower_the_number(tmp_path: Path) -> None:
    kept(tmp_path, 1, "a")
    kept(tmp_path, 4, "b")
    assert number(tmp_path, "c") == 5


def test_other_comparisons_are_other_looks(tmp_path: Path) -> None:
    kept(tmp_path, 7, "a", (INCUMBENT, CANDIDATE))
    kept(tmp_path, 5, "a", (CANDIDATE, "older/v1"))
    kept(tmp_path, 6, "a", ("newer/v1", INCUMBENT))
    assert number(tmp_path, "a") == 1


def test_looks_without_a_record_can_be_owned_up_to_but_none_denied(tmp_path: Path) -> None:
    kept(tmp_path, 1, "a")
    assert number(tmp_path, "b", at_least=5) == 5
    assert number(tmp_path, "b", at_least=2) == 2
    assert number(tmp_path, "a", at_least=1) == 1
    with pytest.raises(ValueError, match="this is look 2 at new/v2 against old/v1, it cannot be look 1"):
        number(tmp_path, "b", at_least=1)


def test_the_same_run_kept_under_two_numbers_is_the_later(tmp_path: Path) -> None:
    kept(tmp_path, 1, "a")
    kept(tmp_path, 5, "a")
    assert number(tmp_path, "a") == 5


def test_records_that_cannot_be_read_are_all_named_for_they_may_be_looks(tmp_path: Path) -> None:
    kept(tmp_path, 1, "a")
    (tmp_path / "x-against-y-1.json").write_text("{")
    (tmp_path / "x-against-y-2.json").write_text('{"candidate": "x", "incumbent": "y", "look": {"number": 0}}')
    with pytest.raises(ValueError, match="looks cannot be counted") as caught:
        number(tmp_path, "a")
    assert "x-against-y-1.json (not JSON)" in str(caught.value)
    assert "x-against-y-2.json (fingerprint, look.number)" in str(caught.value)
    assert "new-v2" not in str(caught.value)


def test_other_files_are_let_be(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("{")
    (tmp_path / "new-v2-against-old-v1-1.html").write_text("")
    assert number(tmp_path, "a") == 1


def test_no_record_takes_the_place_of_another_comparison(tmp_path: Path) -> None:
    path = kept(tmp_path, 1, "a", ("new-v2", "old-v1"))
    with pytest.raises(ValueError, match="is taken by new-v2 against old-v1") as caught:
        number(tmp_path, "a")
    assert str(path) in str(caught.value)


def test_what_a_look_spends_adds_up(tmp_path: Path) -> None:
    del tmp_path
    criteria = Criteria(alpha=0.06, harm_alpha=0.03)
    looks = [look(criteria, each) for each in range(1, 30)]
    assert looks[0].alpha == 0.03
    assert looks[0].harm_alpha == 0.015
    assert looks[1].alpha == pytest.approx(0.01)
    assert [each.spent for each in looks] == pytest.approx([sum(x.alpha for x in looks[: i + 1]) for i in range(29)])


def lay(directory: Path, number: int, *tests: str, pair: tuple[str, str] = (CANDIDATE, INCUMBENT)) -> None:
    """Write what is read of a record whose last test on logged data is the last of these, numbered from 1."""
    path = kept(directory, number, f"run {number}", pair)
    looks = [{"number": n + 1, "test": t, "bound": "fixed", "alpha": 0.01, "spent": 0.02} for n, t in enumerate(tests)]
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({**whole, "logged": {"look": looks[-1], "earlier": looks[:-1], "outcome": "new"}}))


def asked(directory: Path, test: str, **more: Any) -> tuple[LoggedLook, list[str]]:  # noqa: ANN401 - of any option
    this, earlier = logged_look(directory, CANDIDATE, INCUMBENT, test, more.pop("criteria", LoggedCriteria()), **more)
    return this, [each.test for each in earlier]


def test_looks_at_logged_data_are_counted_apart_and_spend_their_own(tmp_path: Path) -> None:
    kept(tmp_path, 1, "a")
    kept(tmp_path, 5, "b")
    this, earlier = asked(tmp_path, "x", criteria=LoggedCriteria(alpha=0.06))
    assert (this.number, this.alpha, this.spent, earlier) == (1, 0.03, 0.03, [])
    lay(tmp_path, 1, "x", "y")
    this, earlier = asked(tmp_path, "z", criteria=LoggedCriteria(alpha=0.06, bound="anytime"))
    assert (this.number, this.bound, earlier) == (3, "anytime", ["x", "y"])
    assert [this.alpha, this.spent] == pytest.approx([0.005, 0.045])
    assert number(tmp_path, "a fourth run") == 6


def test_the_same_test_is_the_same_look_and_forgets_no_other(tmp_path: Path) -> None:
    lay(tmp_path, 1, "x", "y", "z")
    this, earlier = asked(tmp_path, "y")
    assert (this.number, earlier) == (2, ["x", "z"])


def test_tests_of_all_records_of_a_comparison_are_remembered_and_of_no_other(tmp_path: Path) -> None:
    lay(tmp_path, 1, "x")
    lay(tmp_path, 2, "x", "y")
    lay(tmp_path, 1, "u", "v", "w", pair=(INCUMBENT, CANDIDATE))
    this, earlier = asked(tmp_path, "z")
    assert (this.number, earlier) == (3, ["x", "y"])


def test_looks_at_logged_data_can_be_owned_up_to_but_none_denied(tmp_path: Path) -> None:
    lay(tmp_path, 1, "x", "y")
    assert asked(tmp_path, "z", at_least=5)[0].number == 5
    with pytest.raises(ValueError, match="this is look 3 at logged data of new/v2 against old/v1, it cannot be look 2"):
        asked(tmp_path, "z", at_least=2)


def test_a_record_whose_tests_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = kept(tmp_path, 1, "a")
    path.write_text(json.dumps({**json.loads(path.read_text()), "logged": {"look": {"number": 0}}}))
    with pytest.raises(ValueError, match="looks cannot be counted") as caught:
        asked(tmp_path, "x")
    assert "logged.earlier" in str(caught.value)
    assert "logged.look.number" in str(caught.value)
