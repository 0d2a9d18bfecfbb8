"""Evidence is what the tables say: compared with sums done row by row."""

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gate.synthetic import CANDIDATE, INCUMBENT, PERSONAS, Row, Run, everywhere

from tipbandit_lab.gate.cube import Rows, codes
from tipbandit_lab.gate.evidence import Evidence, gather
from tipbandit_lab.tables import Results


def uneven(row: Row) -> Row:
    """Return a row of numbers that differ everywhere."""
    draw = random.Random(repr([row[name] for name in ("player", "persona", "seed", "day")]))  # noqa: S311 - no secret
    reactions = dict.fromkeys(("completed", "snoozed", "ignored", "dismissed"), 10)
    noise = {"expected": row["expected"] + draw.random(), "explored": draw.randrange(40), "unsound": draw.randrange(3)}
    return {**row, **reactions, **noise, "least_propensity": draw.random(), "mass_error": draw.random()}


@pytest.fixture(scope="module")
def results() -> Results:
    return Run(seeds=4, days=3, gain=everywhere(0.1), change={"days": uneven}).results()


@pytest.fixture(scope="module")
def evidence(results: Results) -> Evidence:
    return gather(results, CANDIDATE, INCUMBENT)


def rows(results: Results, **where: Any) -> list[Row]:  # noqa: ANN401 - values of any column
    every: list[Row] = results.days.to_pylist()
    return [row for row in every if all(row[name] == value for name, value in where.items())]


def test_the_candidate_comes_first_and_the_incumbent_second(evidence: Evidence) -> None:
    assert evidence.players == (CANDIDATE, INCUMBENT, "oracle", "random")
    assert evidence.personas == PERSONAS
    assert evidence.seeds.tolist() == [0, 1, 2, 3]
    assert evidence.days.tolist() == [0, 1, 2]
    assert evidence.has_profile.tolist() == [True, True, False]
    assert evidence.decisions == 40


def test_each_cell_is_that_of_its_row(results: Results, evidence: Evidence) -> None:
    for p, player in enumerate(evidence.players):
        for g, persona in enumerate(PERSONAS):
            for row in rows(results, player=player, persona=persona):
                cell = (p, g, row["seed"], row["day"])
                assert evidence.expected[cell] == pytest.approx(row["expected"] / 40)
                assert evidence.explored[cell] == pytest.approx(row["explored"] / 40)
                assert evidence.reactions[cell].tolist() == [0.25] * 4


def test_the_advantage_of_a_seed_weighs_all_personas_alike(results: Results, evidence: Evidence) -> None:
    def earned(player: str, persona: str, seed: int) -> float:
        return float(
            np.mean([row["expected"] / 40 for row in rows(results, player=player, persona=persona, seed=seed)])
        )

    for seed in range(4):
        gains = [earned(CANDIDATE, name, seed) - earned(INCUMBENT, name, seed) for name in PERSONAS]
        assert evidence.by_persona[:, seed] == pytest.approx(gains)
        assert evidence.advantage[seed] == pytest.approx(np.mean(gains))


def test_curves_values_and_exploration_have_the_shapes_they_say(results: Results, evidence: Evidence) -> None:
    assert evidence.curves.shape == (4, 3, 4)
    assert evidence.values.shape == evidence.regret.shape == (4, 4)
    assert evidence.exploration.shape == (4, 3)
    day_two = [row for row in rows(results, player="random", day=2) if row["seed"] == 1]
    assert evidence.curves[3, 2, 1] == pytest.approx(np.mean([row["expected"] / 40 for row in day_two]))
    explored = [row["explored"] / 40 for row in rows(results, player=INCUMBENT, day=1)]
    assert evidence.exploration[1, 1] == pytest.approx(np.mean(explored))


def test_regret_is_what_is_missing_to_the_oracle(evidence: Evidence) -> None:
    assert evidence.regret[2].tolist() == [0.0] * 4
    assert evidence.regret[3] == pytest.approx(evidence.values[2] - evidence.values[3])
    assert (evidence.regret[3] > 0).all()


def test_the_worst_of_each_player_is_kept(results: Results, evidence: Evidence) -> None:
    for p, player in enumerate(evidence.players):
        mine = rows(results, player=player)
        assert evidence.soundness.least_propensity[p] == min(row["least_propensity"] for row in mine)
        assert evidence.soundness.mass_error[p] == max(row["mass_error"] for row in mine)
        assert evidence.soundness.unsound[p] == max(row["unsound"] for row in mine)


def test_one_number_that_is_none_hides_behind_no_other() -> None:
    def broken(row: Row) -> Row:
        nan = {"least_propensity": float("nan"), "mass_error": float("nan")}
        return row | nan if (row["player"], row["seed"], row["day"]) == (CANDIDATE, 2, 1) else row

    sound = gather(Run(seeds=3, change={"days": broken}).results(), CANDIDATE, INCUMBENT).soundness
    assert np.isnan(sound.least_propensity).tolist() == [True, False, False, False]
    assert np.isnan(sound.mass_error).tolist() == [True, False, False, False]


def test_calibration_and_places_are_summed_over_seeds(results: Results, evidence: Evidence) -> None:
    mine = [row for row in results.calibration.to_pylist() if (row["player"], row["persona"]) == (INCUMBENT, "late")]
    best = [row for row in mine if row["bin"] == 18]
    assert evidence.calibration.shown.shape == (4, 3, 21)
    assert evidence.calibration.shown[1, 1, 18] == sum(row["shown"] for row in best)
    assert evidence.calibration.propensity[1, 1, 18] == pytest.approx(sum(row["propensity"] for row in best))
    assert evidence.calibration.variance[1, 1, 18] == pytest.approx(sum(row["variance"] for row in best))
    assert evidence.calibration.candidates[1, 1, 0] == 9 * evidence.calibration.candidates[1, 1, 18]
    places = [row for row in results.positions.to_pylist() if (row["player"], row["persona"]) == (CANDIDATE, "early")]
    assert evidence.places[0, 0].tolist() == [
        sum(row["shown"] for row in places if row["position"] == place) for place in range(10)
    ]


def test_weights_are_those_of_who_learns() -> None:
    def heavy(row: Row) -> Row:
        """Seed 1 has three times the users, and weighs as much."""
        return row | {"users": 12, "mean": 4.5, "square": 21.25} if row["seed"] == 1 else row

    weights = gather(Run(seeds=2, change={"weights": heavy}).results(), CANDIDATE, INCUMBENT).weights
    assert list(weights) == [CANDIDATE, INCUMBENT]
    assert weights[CANDIDATE].features == ("bias", "urgency")
    assert weights[CANDIDATE].mean[:, 0] == pytest.approx([(0.5 + 3 * 4.5) / 4] * 3)
    variance = (1.25 + 3 * 21.25) / 4 - 3.5**2  # of the bias: squares are 0.25 + 1 and 20.25 + 1
    assert weights[CANDIDATE].deviation[:, 0] == pytest.approx([variance**0.5] * 3)


def test_the_order_of_rows_and_their_split_into_blocks_mean_nothing(results: Results, evidence: Evidence) -> None:
    def halves(table: pa.Table, *columns: str) -> pa.Table:
        parts = []
        for block in (0, 1):
            part = table.set_column(3, "block", pa.array([block] * len(table), type=pa.int32()))
            for name in columns:
                half = pa.array([value / 2 for value in table[name].to_pylist()]).cast(table.schema.field(name).type)
                part = part.set_column(part.schema.get_field_index(name), name, half)
            parts.append(part)
        return pa.concat_tables(parts)

    days = halves(results.days, "decisions", "expected")
    shuffled = days.take(np.random.default_rng(0).permutation(len(days)))
    again = gather(
        Results(results.config, shuffled, results.calibration, results.positions, results.weights), CANDIDATE, INCUMBENT
    )
    assert again.decisions == 40
    assert np.allclose(again.expected, evidence.expected, rtol=0, atol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.floats(-9, 9)), min_size=1, max_size=40))
def test_cells_are_sums_of_their_rows(drawn: list[tuple[int, int, float]]) -> None:
    first, second, numbers = (list(column) for column in zip(*drawn, strict=True))
    table = pa.table({"first": first, "second": second, "x": numbers})
    cells = Rows(table, {"second": (0, 1, 2), "first": (3, 2, 1, 0)})
    for b in range(3):
        for a in range(4):
            mine = [x for one, two, x in drawn if (one, two) == (a, b)]
            assert cells.sum("x")[b, 3 - a] == pytest.approx(sum(mine), abs=1e-9)
            assert cells.least("x")[b, 3 - a] == min(mine, default=float("inf"))


def test_a_row_that_is_nowhere_is_refused() -> None:
    table = pa.table({"player": ["a", "b"]})
    assert codes(table["player"], ("b",)).tolist() == [-1, 0]
    with pytest.raises(ValueError, match="player"):
        Rows(table, {"player": ("b",)})
