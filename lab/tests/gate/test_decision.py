"""Records and the command: what was decided is kept, whole and readable."""

import json
import math
from pathlib import Path

import pytest
from tests.gate import logs
from tests.gate.deciding import BETTER, CRITERIA, WORSE, decide_quietly, record_of
from tests.gate.synthetic import CANDIDATE, INCUMBENT, PERSONAS, Run, everywhere, of

from tipbandit_lab import report
from tipbandit_lab.gate.command import HOLD, PROMOTE
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.decision import fingerprint
from tipbandit_lab.gate.evidence import gather
from tipbandit_lab.gate.record import Record, read, write


def test_a_record_says_everything_the_decision_rests_on() -> None:
    record = record_of(BETTER, 2)
    assert record.verdict == "promote"
    assert record.sentence.startswith("new/v2 may serve instead of old/v1: new/v2 earns more than old/v1 (+0.0497, ")
    assert "no persona loses 0.02 or more" in record.sentence
    assert record.sentence.endswith(
        "; new/v2 earns more than old/v1 on 4,000 logged decisions (+0.0500, 97.5 % interval +0.0100 to +0.0900)."
    )
    assert record.look.number == 2
    assert record.look.alpha == pytest.approx(0.05 / 6)
    assert record.look.spent == pytest.approx(0.025 + 0.05 / 6)
    assert record.criteria == CRITERIA
    assert record.seeds == tuple(range(20))
    assert record.code_version == "abc"
    assert [each.player for each in record.players] == [CANDIDATE, INCUMBENT, "oracle", "random"]
    assert {each.name for finding in record.findings for each in finding.measures} >= set(PERSONAS)


def test_regret_and_value_are_per_decision_with_the_intervals_of_the_look() -> None:
    candidate, _, oracle, chance = record_of(BETTER).players
    assert chance.regret.value == pytest.approx(0.6)
    assert oracle.regret.value == 0
    assert (candidate.value.value or 0) + (candidate.regret.value or 0) == pytest.approx(oracle.value.value)
    assert candidate.value.confidence == 0.975
    assert (candidate.regret.low or 0) < (candidate.regret.value or 0) < (candidate.regret.high or 0)


def test_the_bootstrap_stands_beside_the_interval_and_is_near_it() -> None:
    record = record_of(BETTER)
    (student,) = record.findings[0].measures
    assert record.bootstrap.low == pytest.approx(student.low, abs=2e-3)
    assert record.bootstrap.confidence == student.confidence
    assert record.bootstrap.low != student.low


def test_every_failed_criterion_is_in_the_sentence_and_no_other() -> None:
    record = record_of(Run(gain={**everywhere(0.1), "late": -0.1}, seeds=5))
    assert record.verdict == "hold"
    assert record.sentence.startswith("old/v1 goes on serving, new/v2 is held: late is significantly worse (")
    assert record.sentence.endswith("; the run has 5 seeds, at least 20 are needed.")
    assert "earns more" not in record.sentence


def test_a_record_survives_being_written_and_read(tmp_path: Path) -> None:
    odd = Run(change={"days": of(CANDIDATE, least_propensity=math.nan)})
    for run, logged in ((BETTER, logs.BETTER), (Run(seeds=1), None), (odd, logs.REFUSED), (WORSE, logs.UNCLEAR)):
        record = record_of(run, logged=logged)
        write(tmp_path / "deep" / "record.json", record)
        assert read(tmp_path / "deep" / "record.json") == record


def test_a_record_is_strict_json_with_sorted_keys(tmp_path: Path) -> None:
    def refused(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    path = tmp_path / "record.json"
    write(path, record_of(Run(seeds=1, change={"days": of(CANDIDATE, mass_error=math.nan, least_propensity=math.nan)})))
    text = path.read_text()
    whole = json.loads(text, parse_constant=refused)
    assert text == json.dumps(whole, indent=2, sort_keys=True) + "\n"
    assert whole["format"] == 2
    assert whole["logged"]["outcome"] == "better"
    assert whole["criteria"]["least_propensity"] == 0.001
    assert whole["config"]["personas"][2] == {"name": "newcomer", "has_profile": False}


def test_a_record_that_cannot_be_written_leaves_the_old_one_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    path = tmp_path / "record.json"
    write(path, record_of(BETTER))
    before = path.read_text()
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        write(path, record_of(WORSE))
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_record_is_as_readable_as_any_file_of_a_checkout(tmp_path: Path) -> None:
    write(tmp_path / "record.json", record_of(BETTER))
    assert (tmp_path / "record.json").stat().st_mode & 0o777 == 0o644


def test_what_is_no_record_is_refused_with_every_wrong_field_named(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    write(path, record_of(BETTER))
    whole = json.loads(path.read_text())
    del whole["sentence"]
    whole["verdict"] = "perhaps"
    path.write_text(json.dumps(whole))
    with pytest.raises(ValueError, match=r"record\.json: ") as caught:
        read(path)
    assert "sentence" in str(caught.value)
    assert "verdict" in str(caught.value)


def test_the_fingerprint_names_what_was_judged_and_nothing_else() -> None:
    def named(run: Run, draw: int = 0) -> str:
        return fingerprint(gather(run.results(draw), CANDIDATE, INCUMBENT))

    assert named(BETTER) == named(BETTER)
    assert len(named(BETTER)) == 16
    others = [WORSE, Run(gain=everywhere(0.05), first_seed=1), Run(gain=everywhere(0.05), seeds=21)]
    assert len({named(BETTER), named(BETTER, 1), *map(named, others)}) == 5
    rounded = Run(gain=everywhere(0.05), change={"days": lambda row: row | {"expected": row["expected"] + 1e-12}})
    assert named(rounded) == named(BETTER)
    nought, below = (Run(change={"days": of(INCUMBENT, expected=each)}) for each in (0.0, -1e-9))
    assert named(nought) == named(below)
    assert named(Run(change={"days": of(INCUMBENT, expected=1.0)})) != named(nought)
    elsewhere = Run(gain=everywhere(0.05), change={"days": of("oracle", expected=30.0)})
    assert named(elsewhere) == named(BETTER)


def test_a_promotion_exits_with_0_and_a_hold_with_3(tmp_path: Path) -> None:
    assert decide_quietly(BETTER, tmp_path / "a")[0] == PROMOTE == 0
    assert decide_quietly(WORSE, tmp_path / "b")[0] == HOLD == 3


def test_the_record_lies_where_its_name_says(tmp_path: Path) -> None:
    decide_quietly(BETTER, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["new-v2-against-old-v1-1.json"]
    assert read(tmp_path / "new-v2-against-old-v1-1.json").verdict == "promote"


def test_the_same_run_is_the_same_look_and_another_is_one_more(tmp_path: Path) -> None:
    for run in (BETTER, BETTER, WORSE, BETTER, WORSE):
        decide_quietly(run, tmp_path)
    first, second = (read(path) for path in sorted(tmp_path.iterdir()))
    assert (first.look.number, first.verdict) == (1, "promote")
    assert (second.look.number, second.verdict) == (2, "hold")
    assert second.look.alpha == pytest.approx(0.05 / 6)


def test_looks_owned_up_to_cost(tmp_path: Path) -> None:
    decide_quietly(BETTER, tmp_path, look=4)
    assert read(tmp_path / "new-v2-against-old-v1-4.json").look.alpha == pytest.approx(0.05 / 20)


def test_the_summary_shows_every_criterion_the_sentence_and_the_path(tmp_path: Path) -> None:
    odd = of(CANDIDATE, least_propensity=1e-5)
    _, shown = decide_quietly(Run(gain=everywhere(0.05), change={"days": odd}), tmp_path)
    assert "new/v2 against old/v1 in the simulation, look 1" in shown
    assert "new/v2 against old/v1 on logged data, look 1" in shown
    assert shown.count(" ok ") == 8 + 6
    assert shown.count("failed") == 1
    assert "hold: old/v1 goes on serving, new/v2 is held: its least propensity is 1e-05, the floor is 0.001." in shown
    assert str(tmp_path / "new-v2-against-old-v1-1.json") in shown


def test_brackets_in_a_sentence_are_shown_as_they_are(tmp_path: Path) -> None:
    _, shown = decide_quietly(Run(change={"calibration": of(CANDIDATE, shown=0)}), tmp_path)
    assert "propensities in [0, 0.05)" in shown


def test_by_default_every_persona_there_is_must_be_in_the_run(tmp_path: Path) -> None:
    code, _ = decide_quietly(BETTER, tmp_path, criteria=Criteria())
    assert code == HOLD
    record = read(tmp_path / "new-v2-against-old-v1-1.json")
    assert "it leaves out commuter, deadline_driven, " in record.sentence
    assert "night_owl" in (record.criteria.personas or ())


def test_nothing_is_written_for_a_run_that_cannot_be_judged(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be judged"):
        decide_quietly(Run(levels={"random": 0.0, CANDIDATE: 0.0, INCUMBENT: 0.0}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_report_is_written_beside_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[Path, Record, str]] = []
    monkeypatch.setattr(
        report,
        "write",
        lambda path, record, evidence: written.append((path, record, evidence.candidate)),
        raising=False,
    )
    _, shown = decide_quietly(BETTER, tmp_path, report=True)
    ((path, record, candidate),) = written
    assert path == tmp_path / "new-v2-against-old-v1-1.html"
    assert str(path) in shown
    assert record == read(path.with_suffix(".json"))
    assert candidate == CANDIDATE
