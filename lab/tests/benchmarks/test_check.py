"""The regression report: what it says of ratios, and that it never fails by itself."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from benchmarks import check, check_short
from benchmarks.check_short import SHORT, ratios
from benchmarks.check_verdicts import BASELINES, Baselines, judged, worse

Measure = Callable[[str], Mapping[str, float]]
KEPT = {"sizes": {"item": 0.8}, "handlers": {"score": 4.0, "reward": 3.0}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "baselines.json"
    Baselines(1.6, {"sizes": 1.0}, "a machine", KEPT).save(path)
    return path


def always(found: Mapping[str, Mapping[str, float]]) -> Measure:
    return lambda name: found.get(name, {})


@pytest.mark.parametrize(
    ("benchmark", "name", "now", "word"),
    [
        ("handlers", "score", 4.0, "as before"),
        ("handlers", "score", 6.39, "as before"),
        ("handlers", "score", 6.41, "slower"),
        ("handlers", "score", 2.51, "as before"),
        ("handlers", "score", 2.49, "faster"),
        ("handlers", "other", 1.0, "new"),
        ("sizes", "item", 0.8, "as before"),
        ("sizes", "item", 0.81, "slower"),
    ],
)
def test_a_ratio_is_judged_by_how_many_times_its_baseline_it_is(
    benchmark: str, name: str, now: float, word: str
) -> None:
    verdicts = judged({benchmark: {name: now}}, Baselines(1.6, {"sizes": 1.0}, "", KEPT))
    assert {each.name: each.word for each in verdicts}[name] == word


def test_a_benchmark_that_was_not_run_is_not_missed_and_one_that_gave_nothing_is() -> None:
    verdicts = judged({"handlers": {}}, Baselines(1.6, {}, "", KEPT))
    assert {(each.benchmark, each.name, each.word) for each in verdicts} == {
        ("handlers", "score", "missing"), ("handlers", "reward", "missing")
    }  # fmt: skip
    assert worse(verdicts)


def test_the_report_has_a_line_for_each_and_exit_status_0(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    measure = always({"handlers": {"score": 40.0, "more": 1.0}})
    assert check.main(["handlers", "--baselines", str(path)], measure) == 0
    report = capsys.readouterr().out
    assert "1 slower, 1 missing, 1 new" in report
    assert "| handlers: score  |        4 |  40 |             10 |     1.6 |  slower |" in report


def test_strict_is_1_where_something_is_slower_or_missing(path: Path) -> None:
    arguments = ["handlers", "--strict", "--baselines", str(path)]
    assert check.main(arguments, always({"handlers": {"score": 4.0, "reward": 3.0}})) == 0
    assert check.main(arguments, always({"handlers": {"score": 40.0, "reward": 3.0}})) == 1
    assert check.main(arguments, always({"handlers": {"score": 4.0}})) == 1


def test_what_seems_slower_is_measured_once_more_and_the_better_counts(path: Path) -> None:
    found = iter([{"score": 40.0, "reward": 3.0}, {"score": 4.1, "reward": 9.0}])
    assert check.main(["handlers", "--strict", "--baselines", str(path)], lambda _: next(found)) == 0
    assert not list(found)


def test_write_keeps_what_was_not_measured_and_drops_what_a_benchmark_no_longer_gives(path: Path) -> None:
    check.main(["--write", "--baselines", str(path)], always({"handlers": {"score": 2.00004, "more": 1.0}}))
    assert json.loads(path.read_text())["ratios"] == {**KEPT, "handlers": {"score": 2.0, "more": 1.0}}


def test_unknown_names_are_refused(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check.main(["nonsense", "--baselines", str(path)], always({}))
    assert ended.value.code == 2
    assert "no such benchmark: nonsense; there are sizes, " in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "[]", '{"tolerance": 1}', '{"tolerance": 0.5, "exactly": {}, "made_on": "", "ratios": {}}',
             '{"tolerance": 1.6, "exactly": {}, "made_on": "", "ratios": {"sizes": {"item": 0}}}'],
)  # fmt: skip
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(ValueError, match="holds no baselines"):
        Baselines.load(tmp_path / "b.json")


def test_the_committed_baselines_are_of_benchmarks_there_are() -> None:
    baselines = Baselines.load(BASELINES)
    assert set(baselines.ratios) <= set(SHORT)
    assert set(baselines.exactly) <= set(SHORT)


def test_a_short_benchmark_gives_ratios_from_a_process_of_its_own() -> None:
    found = ratios("sizes")
    assert set(found) == set(Baselines.load(BASELINES).ratios["sizes"])
    assert all(0 < each < 1 for each in found.values())


def test_a_benchmark_that_cannot_run_gives_none_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert ratios("nowhere") == {}
    assert "nowhere was not measured: ModuleNotFoundError" in capsys.readouterr().err


def test_a_benchmark_that_takes_too_long_gives_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check_short, "LIMIT_S", 0.05)
    assert ratios("scale") == {}
    assert "scale took longer than 0 s" in capsys.readouterr().err
