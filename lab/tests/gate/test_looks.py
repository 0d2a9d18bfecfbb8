"""Every look at a comparison is counted and costs."""

from pathlib import Path

import pytest
from tests.gate.synthetic import CANDIDATE, INCUMBENT

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.looks import look, place


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
