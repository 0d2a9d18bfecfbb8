"""A lake's fingerprint names what was read of it, and nothing else."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from tests.lake.events import DAY, decision, lay, logged, reward

from tipbandit_lab.lake.errors import LakeError
from tipbandit_lab.pipeline.lineage import lineage


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    root = tmp_path / "lake"
    lay(root, "decisions", *logged(decision(1), decision(2)))
    lay(root, "rewards", *logged(reward(1)))
    return root


def test_a_copy_of_a_lake_has_the_same_fingerprint(lake: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(lake, tmp_path / "copy")
    assert lineage(str(copy), None).fingerprint == lineage(str(lake), None).fingerprint


def test_it_says_what_was_read(lake: Path) -> None:
    found = lineage(str(lake), None)
    assert (found.files, found.first, found.last, found.simulated) == (2, "2026-01-05", "2026-01-05", False)
    assert found.bytes == sum(path.stat().st_size for path in lake.rglob("*.parquet"))


def test_another_file_or_other_content_of_one_is_another_fingerprint(lake: Path) -> None:
    before = lineage(str(lake), None).fingerprint
    lay(lake, "rewards", *logged(reward(1, reward=-1.0)))
    changed = lineage(str(lake), None).fingerprint
    lay(lake, "rewards", *logged(reward(2)), file="more")
    assert len({before, changed, lineage(str(lake), None).fingerprint}) == 3


def test_what_arrives_too_early_or_too_late_for_the_days_does_not_count(lake: Path) -> None:
    days = (DAY, DAY)
    before = lineage(str(lake), days).fingerprint
    lay(lake, "decisions", *logged(decision(3)), day=date(2026, 2, 5))
    assert lineage(str(lake), days).fingerprint == before
    assert lineage(str(lake), None).fingerprint != before


def test_work_in_progress_does_not_count(lake: Path) -> None:
    before = lineage(str(lake), None).fingerprint
    (lake / "decisions" / f"day={DAY}" / "_part.parquet").write_text("half")
    assert lineage(str(lake), None).fingerprint == before


def test_no_lake_and_no_decisions_are_errors(lake: Path, tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="there is no lake"):
        lineage(str(tmp_path / "nowhere"), None)
    with pytest.raises(LakeError, match="holds no decisions of 2030-01-01"):
        lineage(str(lake), (date(2030, 1, 1), date(2030, 1, 2)))
