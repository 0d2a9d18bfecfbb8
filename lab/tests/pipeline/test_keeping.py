"""What a step made is kept whole under its inputs, or not at all."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tipbandit_lab.pipeline.keeping import MANIFEST, code, keep, read


def counting(calls: list[int], result: float = 1.5) -> Callable[[Path], Mapping[str, Any]]:
    def work(place: Path) -> Mapping[str, Any]:
        calls.append(1)
        (place / "file.txt").write_text("made")
        return {"found": result}

    return work


def test_the_same_inputs_are_worked_on_once(tmp_path: Path) -> None:
    calls: list[int] = []
    first, second = (keep(tmp_path, "a", {"x": 1}, counting(calls)) for _ in range(2))
    assert len(calls) == 1
    assert (first.before, second.before) == (False, True)
    assert second.result == {"found": 1.5}
    assert second.file("file.txt").read_text() == "made"


@pytest.mark.parametrize(("step", "inputs"), [("a", {"x": 2}), ("b", {"x": 1})])
def test_other_inputs_and_other_steps_are_other_work(tmp_path: Path, step: str, inputs: dict[str, int]) -> None:
    calls: list[int] = []
    keep(tmp_path, "a", {"x": 1}, counting(calls))
    keep(tmp_path, step, inputs, counting(calls))
    assert len(calls) == 2


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_step_that_fails_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def work(place: Path) -> Mapping[str, Any]:
        (place / "file.txt").write_text("half")
        raise error

    with pytest.raises(error):
        keep(tmp_path, "a", {}, work)
    assert list(tmp_path.iterdir()) == []


def test_a_result_that_is_no_json_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        keep(tmp_path, "a", {}, counting([], float("nan")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["gone", "shorter", "manifest"])
def test_what_is_damaged_is_made_anew(tmp_path: Path, damage: str) -> None:
    calls: list[int] = []
    kept = keep(tmp_path, "a", {}, counting(calls))
    if damage == "gone":
        kept.file("file.txt").unlink()
    elif damage == "shorter":
        kept.file("file.txt").write_text("mad")
    else:
        (kept.directory / MANIFEST).write_text("{")
    again = keep(tmp_path, "a", {}, counting(calls))
    assert (again.before, len(calls)) == (False, 2)
    assert again.file("file.txt").read_text() == "made"


def test_who_is_slower_takes_what_another_run_has_made(tmp_path: Path) -> None:
    def work(place: Path) -> Mapping[str, Any]:
        keep(tmp_path, "a", {}, counting([]))
        (place / "file.txt").write_text("late")
        return {"found": 1.5}

    kept = keep(tmp_path, "a", {}, work)
    assert kept.file("file.txt").read_text() == "made"


def test_a_manifest_says_what_was_made_from_what(tmp_path: Path) -> None:
    kept = keep(tmp_path, "a", {"x": 1}, counting([]))
    said = json.loads((kept.directory / MANIFEST).read_bytes())
    assert said == {"step": "a", "inputs": {"x": 1}, "result": {"found": 1.5}, "files": {"file.txt": 4}}
    assert read(tmp_path / "a-elsewhere") is None


def test_code_of_other_packages_has_another_name() -> None:
    assert len({code("lake"), code("gate"), code("lake", "gate")}) == 3
