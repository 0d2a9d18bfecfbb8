"""A run is played once, kept in whole files, gone on with, and read back the same however it was made."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pyarrow.parquet as pq
import pytest

from tipbandit_lab import parts
from tipbandit_lab.errors import RunError, StoppedError
from tipbandit_lab.fast import play
from tipbandit_lab.personas import personas
from tipbandit_lab.plan import Item, Plan
from tipbandit_lab.players import PlayerFactory
from tipbandit_lab.results import NoResultsError, load
from tipbandit_lab.runs import run
from tipbandit_lab.tables import TABLES, Results
from tipbandit_lab.workers import Done, WorkError, in_process
from tipbandit_lab.world import Setting

SETTING = Setting(users=2, days=2, moments_a_day=2, candidates=3)


UNABLE = cast("PlayerFactory", partial(int, "seven"))


def planned(seeds: Sequence[int] = (0, 1), **changes: int) -> Plan:
    """Two personas, one with a profile: four items for two seeds."""
    both = [next(each for each in personas().values() if each.has_profile is has) for has in (False, True)]
    short = tuple(each.model_copy(update={"past_days": min(each.past_days, 2)}) for each in both)
    players = Plan.named(["egreedy/v2", "random"]).players
    return Plan(personas=short, players=players, seeds=seeds, setting=SETTING, **changes)


class Counting:
    """Plays in this process, at most so many items, and notes which."""

    def __init__(self, most: int = 1_000, error: type[BaseException] = KeyboardInterrupt) -> None:
        self.played: list[Item] = []
        self._most = most
        self._error = error

    def __call__(self, plan: Plan, items: Sequence[Item]) -> Done:
        """Play, and fail when it is enough."""
        for item, streams in in_process(plan, items):
            if len(self.played) == self._most:
                raise self._error(str(item))
            self.played.append(item)
            yield item, streams


def same(first: Results, second: Results) -> bool:
    return all(getattr(first, name).equals(getattr(second, name)) for name in TABLES)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of four items; not to be changed."""
    directory = tmp_path_factory.mktemp("runs") / "whole"
    run(planned(), directory)
    return directory


@pytest.fixture
def copied(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copied"))


def test_a_run_is_what_each_of_its_cohorts_is_played_to(whole: Path) -> None:
    plan, results = planned(), load(whole)
    tables = [play(plan.cohort(item), plan.players).tables() for item in plan.items]
    for name in TABLES:
        expected = [tuple(row.values()) for each in tables for row in each[name].to_pylist()]
        assert [tuple(row.values()) for row in getattr(results, name).to_pylist()] == sorted(expected)
    assert results.config == plan.configuration() | {"commit": results.config["commit"]}


def test_blocks_are_other_users(tmp_path: Path) -> None:
    run(planned(blocks=2), tmp_path)
    days = load(tmp_path).days.to_pylist()
    first, second = ([row["expected"] for row in days if row["block"] == block] for block in (0, 1))
    assert len(first) == len(second)
    assert not set(first) & set(second)


def test_what_is_there_is_not_played_again(copied: Path, whole: Path) -> None:
    again = Counting()
    run(planned(), copied, executor=again)
    assert not again.played
    assert same(load(copied), load(whole))


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, whole: Path) -> None:
    first, second = Counting(3), Counting()
    with pytest.raises(StoppedError, match="stopped with 3 of 4 items done; the same command goes on"):
        run(planned(), tmp_path, executor=first)
    with pytest.raises(NoResultsError, match=r"1 of 4 items are missing or damaged, the first is .*, seed 1, block 0"):
        load(tmp_path)
    run(planned(), tmp_path, executor=second)
    assert set(first.played) | set(second.played) == set(planned().items)
    assert len(second.played) == 1
    assert same(load(tmp_path), load(whole))


def test_what_was_done_before_an_item_failed_is_kept(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"seed 1, block 0\. 2 of 4 items done"):
        run(planned(), tmp_path, executor=Counting(2, WorkError))
    again = Counting()
    run(planned(), tmp_path, executor=again)
    assert len(again.played) == 2


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path) -> None:
    """Change one byte of the numbers, which no structure depends on."""
    content = bytearray(path.read_bytes())
    numbers = pq.ParquetFile(path).metadata.row_group(0).column(6)
    content[numbers.data_page_offset + numbers.total_compressed_size - 2] ^= 1
    path.write_bytes(content)


def other_columns(path: Path) -> None:
    metadata = pq.ParquetFile(path).metadata.metadata
    table = pq.ParquetFile(path).read().drop_columns("decisions")
    with pq.ParquetWriter(path, table.schema, store_schema=False) as written:
        written.write_table(table)
        written.add_key_value_metadata(metadata)


@pytest.mark.parametrize("damaged", [truncated, emptied, flipped, other_columns, Path.unlink])
def test_a_damaged_part_is_played_again_and_no_other(
    copied: Path, whole: Path, damaged: Callable[[Path], None]
) -> None:
    item, again = planned().items[2], Counting()
    damaged(copied / "days" / f"{item.name}.parquet")
    with pytest.raises(NoResultsError, match=rf"1 of 4 items are missing or damaged, the first is {item}"):
        load(copied)
    run(planned(), copied, executor=again)
    assert again.played == [item]
    assert same(load(copied), load(whole))


@pytest.mark.parametrize("table", TABLES)
def test_an_item_is_whole_only_with_all_of_its_tables(copied: Path, table: str) -> None:
    item, again = planned().items[1], Counting()
    (copied / table / f"{item.name}.parquet").unlink()
    run(planned(), copied, executor=again)
    assert again.played == [item]


def test_parts_of_another_run_or_item_do_not_count(copied: Path, tmp_path: Path) -> None:
    first, second, *_ = planned().items
    run(planned([0, 2]), tmp_path / "other")
    shutil.copy(tmp_path / "other/days" / f"{first.name}.parquet", copied / "days")
    shutil.copy(copied / "weights" / f"{first.name}.parquet", copied / "weights" / f"{second.name}.parquet")
    again = Counting()
    run(planned(), copied, executor=again)
    assert again.played == [first, second]


def test_another_run_in_the_directory_is_refused_and_left_alone(copied: Path, whole: Path) -> None:
    with pytest.raises(RunError, match=r"copied holds another run \(other blocks, seeds\); .* or --fresh"):
        run(planned([5], blocks=2), copied)
    assert same(load(copied), load(whole))


def test_a_fresh_run_takes_the_place_of_another(copied: Path) -> None:
    (copied / "notes.txt").write_text("mine")
    run(planned([5]), copied, fresh=True)
    assert set(load(copied).days["seed"].to_pylist()) == {5}
    assert len(list((copied / "days").iterdir())) == 2
    assert (copied / "notes.txt").read_text() == "mine"


def test_a_fresh_run_plays_everything_again(copied: Path) -> None:
    again = Counting()
    run(planned(), copied, executor=again, fresh=True)
    assert again.played == list(planned().items)


@pytest.mark.parametrize("fresh", [True, False])
def test_a_directory_of_something_else_is_left_alone(tmp_path: Path, *, fresh: bool) -> None:
    (tmp_path / "days").mkdir()
    (tmp_path / "days" / "mine.parquet").write_text("mine")
    with pytest.raises(RunError, match="is not empty and holds no run"):
        run(planned(), tmp_path, fresh=fresh)
    assert [path.name for path in tmp_path.rglob("*")] == ["days", "mine.parquet"]


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match="is no directory"):
        run(planned(), tmp_path / "file")


def test_a_damaged_manifest_is_said_and_a_fresh_run_mends_it(copied: Path) -> None:
    (copied / parts.MANIFEST).write_text('{"fingerprint": ')
    with pytest.raises(RunError, match=r"run\.json is damaged; --fresh begins the run anew"):
        run(planned(), copied)
    with pytest.raises(NoResultsError, match=r"holds no run \(no readable run\.json\)"):
        load(copied)
    run(planned(), copied, fresh=True)
    assert load(copied).days.num_rows > 0


def test_no_half_written_file_is_ever_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(writer: pq.ParquetWriter, _: object) -> None:
        assert not list(tmp_path.glob("*/*.parquet"))
        raise OSError(f"no space left on {writer.where}")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", broken)
    with pytest.raises(OSError, match="no space left"):
        run(planned(), tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [parts.MANIFEST]


def test_every_file_says_what_it_is_of(whole: Path) -> None:
    configuration = planned().configuration()
    for path in whole.glob("*/*.parquet"):
        said = parts.said_by(pq.ParquetFile(path))
        assert said["item"] == path.stem
        assert said["fingerprint"] == configuration["fingerprint"]
        assert said["code_version"] == configuration["code_version"]
        assert [each["name"] for each in said["personas"]] == [path.stem.split("-")[0]]


def test_an_item_that_fails_is_named_with_its_error(tmp_path: Path) -> None:
    broken = replace(planned(), players={"broken": UNABLE})
    item = broken.items[0]
    with pytest.raises(RunError, match=rf"^{item}: ValueError: invalid literal for int.* 0 of 4 items done"):
        run(broken, tmp_path)
