"""What is said of the first invocations, and who has which processor."""

import os
import subprocess
import sys

import pytest

from benchmarks import warm_processor
from benchmarks.first import reported
from benchmarks.timing import Times

_TAKEN = {
    "bare": Times((100.0, 200.0, 100.0)),
    "score": Times((110.0, 220.0, 400.0)),
    "reward": Times((130.0, 260.0, 130.0)),
    "stats": Times((100.0, 200.0, 100.0)),
    "reset": Times((500.0, 500.0, 500.0)),
    "generate": Times((500.0, 500.0, 500.0)),
    "score, and a decision": Times((150.0, 300.0, 150.0)),
}
_TOLD = "import os; print(sorted(os.sched_getaffinity(0)))"


def test_a_ratio_is_that_of_the_rounds_and_not_of_the_medians() -> None:
    """1.1, 1.1 and 4."""
    assert reported(_TAKEN).ratios["score / bare"] == pytest.approx(1.1)


@pytest.mark.parametrize(("taken", "verdict"), [(130.0, "met"), (131.0, "MISSED")])
def test_the_budget_is_of_the_routes_that_have_one_and_is_met_up_to_its_bound(taken: float, verdict: str) -> None:
    report = reported({**_TAKEN, "reward": Times((taken, 2 * taken, taken))})

    assert f"times bare: {verdict}" in report.remarks


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process can be kept to a processor")
def test_whoever_is_kept_off_a_processor_can_still_start_a_program_on_it() -> None:
    before = os.sched_getaffinity(0)
    processor = warm_processor.spare()
    if processor is None:
        pytest.skip("there is but one")
    with warm_processor.apart(processor):
        others = subprocess.check_output([sys.executable, "-c", _TOLD], text=True)
        moved = subprocess.check_output(warm_processor.on(processor, [sys.executable, "-c", _TOLD]), text=True)

    assert others.strip() == str(sorted(before - {processor}))
    assert moved.strip() == f"[{processor}]"
    assert os.sched_getaffinity(0) == before
