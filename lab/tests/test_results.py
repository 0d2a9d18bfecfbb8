"""Runs are read back whole, in one order, and as one where they belong together."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tipbandit_lab.personas import personas
from tipbandit_lab.plan import Item, Plan
from tipbandit_lab.results import NoResultsError, load
from tipbandit_lab.runs import run
from tipbandit_lab.summary import EVERYBODY, Estimate, lines, table
from tipbandit_lab.tables import TABLES, Results
from tipbandit_lab.workers import Done, in_process
from tipbandit_lab.world import Setting

NEW = [each.name for each in personas().values() if not each.past_days]
SETTING = Setting(users=2, days=2, moments_a_day=2, candidates=3)


def planned(seeds: Sequence[int] = (0, 1), names: Sequence[str] = ("erratic", "newcomer"), *, blocks: int = 1) -> Plan:
    plan = Plan.named(["egreedy/v2", "random", "oracle"], names, seeds=seeds, setting=SETTING, blocks=blocks)
    short = tuple(each.model_copy(update={"past_days": min(each.past_days, 1)}) for each in plan.personas)
    return Plan(personas=short, players=plan.players, seeds=seeds, setting=SETTING, blocks=blocks)


def same(first: Results, second: Results) -> bool:
    return all(getattr(first, name).equals(getattr(second, name)) for name in TABLES)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run; not to be changed."""
    directory = tmp_path_factory.mktemp("runs") / "whole"
    run(planned(), directory)
    return directory


def test_runs_of_other_seeds_are_read_as_one(tmp_path: Path, whole: Path) -> None:
    for seed in (0, 1):
        run(planned([seed]), tmp_path / str(seed))
    both, single = load([tmp_path / "1", tmp_path / "0"]), load(tmp_path / "1")
    assert same(both, load(whole))
    assert both.config["seeds"] == [0, 1]
    assert both.config["fingerprint"] != single.config["fingerprint"]


def test_runs_of_other_personas_are_read_as_one(tmp_path: Path, whole: Path) -> None:
    for name in ("newcomer", "erratic"):
        run(planned(names=[name]), tmp_path / name)
    both = load([tmp_path / "newcomer", tmp_path / "erratic"])
    assert same(both, load(whole))
    assert {each["name"] for each in both.config["personas"]} == {"newcomer", "erratic"}


def test_runs_that_do_not_belong_together_are_not_read_as_one(tmp_path: Path, whole: Path) -> None:
    run(planned([2], blocks=2), tmp_path / "blocks")
    run(planned([2], ["newcomer"]), tmp_path / "hole")
    with pytest.raises(NoResultsError, match="runs of different blocks cannot be read as one"):
        load([whole, tmp_path / "blocks"])
    for others in ([whole, whole], [whole, tmp_path / "hole"]):
        with pytest.raises(NoResultsError, match="must have every persona with every seed once"):
            load(others)
    with pytest.raises(NoResultsError, match="no runs to read"):
        load([])


def test_a_directory_without_a_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoResultsError, match=r"nowhere holds no run \(no readable run\.json\)"):
        load(tmp_path / "nowhere")


def test_rows_are_in_one_order_whichever_item_was_done_first(tmp_path: Path, whole: Path) -> None:
    def backwards(plan: Plan, items: Sequence[Item]) -> Done:
        yield from in_process(plan, items[::-1])

    run(planned(), tmp_path, executor=backwards)
    assert same(load(tmp_path), load(whole))


def test_an_estimate_is_the_mean_with_its_standard_error() -> None:
    """Of 1, 2, 6: mean 3, variance (4 + 1 + 9)/2 = 7, error sqrt(7/3)."""
    estimate = Estimate.of(np.array([1.0, 2.0, 6.0]))
    assert estimate.mean == 3.0
    assert estimate.error == pytest.approx((7 / 3) ** 0.5)
    assert str(estimate) == "3.0000 ± 1.5275"
    assert str(Estimate.of(np.array([0.5]))) == "0.5000"


def test_the_summary_has_a_line_for_each_persona_and_player_and_for_all(whole: Path) -> None:
    results = load(whole)
    found = lines(results)
    players = ["egreedy/v2", "random", "oracle"]
    wanted = [(persona, player) for persona in ("erratic", "newcomer", EVERYBODY) for player in players]
    assert [(line.persona, line.player) for line in found] == wanted
    for line in found:
        rows = [row for row in results.days.to_pylist() if row["player"] == line.player]
        own = [row for row in rows if line.persona in (row["persona"], EVERYBODY)]
        decisions = sum(row["decisions"] for row in own)
        assert line.expected.mean == pytest.approx(sum(row["expected"] for row in own) / decisions)
        assert line.explored == pytest.approx(sum(row["explored"] for row in own) / decisions)


def test_the_regret_is_what_the_oracle_earned_more_on_the_same_seeds(whole: Path) -> None:
    found = {(line.persona, line.player): line for line in lines(load(whole))}
    for (persona, _), line in found.items():
        assert line.regret is not None
        assert line.regret.mean == pytest.approx(found[persona, "oracle"].expected.mean - line.expected.mean)
    assert found[EVERYBODY, "oracle"].regret == Estimate(0.0, 0.0)


def test_without_an_oracle_there_is_no_regret_and_a_single_persona_needs_no_total(tmp_path: Path) -> None:
    plan = Plan.named(["random"], NEW[:1], seeds=[0], setting=SETTING)
    run(plan, tmp_path)
    (line,) = lines(load(tmp_path))
    assert line.regret is None
    assert table([line]).row_count == 1
