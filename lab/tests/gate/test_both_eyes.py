"""Promotion takes both: a win in the simulation, and one on logged data."""

from pathlib import Path

import pytest
from tests.gate import logs
from tests.gate.deciding import BETTER, WORSE, decide_quietly, record_of
from tests.gate.synthetic import Run

from tipbandit_lab.gate.command import HOLD, PROMOTE
from tipbandit_lab.gate.record import read

EYES = {
    "better": logs.BETTER,
    "no worse": logs.NO_WORSE,
    "unclear": logs.UNCLEAR,
    "worse": logs.WORSE,
    "refused": logs.REFUSED,
    "not asked": None,
}


@pytest.mark.parametrize(
    ("run", "seen", "promoted", "challenger"),
    [
        (BETTER, "better", True, True),
        (BETTER, "no worse", True, True),
        (BETTER, "unclear", False, True),
        (BETTER, "worse", False, False),
        (BETTER, "refused", False, True),
        (BETTER, "not asked", False, True),
        (WORSE, "better", False, False),
        (WORSE, "no worse", False, False),
        (WORSE, "unclear", False, False),
        (WORSE, "worse", False, False),
        (WORSE, "refused", False, False),
        (WORSE, "not asked", False, False),
    ],
)
def test_promotion_takes_both_eyes(run: Run, seen: str, *, promoted: bool, challenger: bool, tmp_path: Path) -> None:
    logged = EYES[seen]
    assert logged is None or logged.outcome == seen
    code, shown = decide_quietly(run, tmp_path, logged=logged)
    record = read(tmp_path / "new-v2-against-old-v1-1.json")
    assert (code == PROMOTE, record.verdict == "promote", record.challenger) == (promoted, promoted, challenger)
    assert code in (PROMOTE, HOLD)
    assert record.logged == logged
    assert ("on logged data, look 1" in shown) == (logged is not None)
    assert record.sentence.endswith("it may be asked as a shadow, and stand as challenger.") == (
        challenger and not promoted
    )


def test_each_eye_that_saw_no_win_says_why() -> None:
    unclear = record_of(BETTER, logged=logs.UNCLEAR).sentence
    assert unclear.startswith("old/v1 goes on serving, new/v2 is held: it is not shown that new/v2 earns more than old")
    assert (
        "logged data support no number: the effective sample size is 40.0"
        in record_of(BETTER, logged=logs.REFUSED).sentence
    )
    assert "held: no logged data were asked (--lake). It wins" in record_of(BETTER, logged=None).sentence
    both = record_of(WORSE, logged=logs.WORSE).sentence
    assert both.count("new/v2 earns less than old/v1") == 2
    assert "earns less" not in record_of(BETTER, logged=logs.REFUSED).sentence


def test_records_of_before_are_read_as_what_they_were() -> None:
    """Those in the repository: some promoted, by the simulation alone."""
    found = [read(path) for path in sorted((Path(__file__).parents[2] / "decisions").glob("*.json"))]
    old = [record for record in found if record.format == 1]
    assert {record.verdict for record in old} == {"promote", "hold"}
    assert all(record.logged is None and not record.challenger for record in old)
