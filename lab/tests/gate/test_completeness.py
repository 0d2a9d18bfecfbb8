"""A run that cannot be judged is an error that names everything wrong with it, not a candidate held."""

from typing import Any

import pyarrow as pa
import pytest
from tests.gate.synthetic import CANDIDATE, INCUMBENT, LEVELS, Change, Row, Run

from tipbandit_lab.gate.completeness import UnusableResultsError
from tipbandit_lab.gate.evidence import gather
from tipbandit_lab.tables import Results

SMALL: dict[str, Any] = {"seeds": 2, "days": 2}


def without(*players: str) -> Change:
    return lambda row: None if row["player"] in players else row


def refused(results: Results) -> str:
    with pytest.raises(UnusableResultsError) as caught:
        gather(results, CANDIDATE, INCUMBENT)
    return str(caught.value)


def test_a_whole_run_is_judged() -> None:
    assert gather(Run(**SMALL).results(), CANDIDATE, INCUMBENT).decisions == 40


def test_everybody_who_did_not_play_is_named() -> None:
    gone = refused(Run(**SMALL, change={"days": without(CANDIDATE, "oracle", "random")}).results())
    assert f"{CANDIDATE} did not play; oracle did not play; random did not play" in gone
    assert INCUMBENT not in gone


def test_a_run_without_days_is_refused() -> None:
    assert "it has no days" in refused(Run(**SMALL, change={"days": lambda _: None}).results())


def test_a_policy_is_not_compared_with_itself() -> None:
    with pytest.raises(UnusableResultsError, match="old/v1 cannot be compared with itself"):
        gather(Run(**SMALL).results(), INCUMBENT, INCUMBENT)


def test_missing_columns_are_named() -> None:
    whole = Run(**SMALL).results()
    days = whole.days.drop_columns(["expected", "unsound"])
    assert "its table 'days' has no expected, unsound" in refused(
        Results(whole.config, days, whole.calibration, whole.positions, whole.weights)
    )


def test_a_persona_the_plan_names_must_have_played_and_no_other() -> None:
    whole = Run(**SMALL).results()
    planned = [{"name": name, "has_profile": True} for name in ("early", "late", "absent")]
    wrong = refused(Results({**whole.config, "personas": planned}, *tables(whole)))
    assert "no days of absent" in wrong
    assert "its configuration knows no newcomer" in wrong


@pytest.mark.parametrize("personas", [None, [], [{"name": "early"}], ["early", "late", "newcomer"]])
def test_who_has_a_profile_must_be_known(personas: object) -> None:
    whole = Run(**SMALL).results()
    assert "configuration" in refused(Results({**whole.config, "personas": personas}, *tables(whole)))


def test_the_seeds_are_those_that_were_planned() -> None:
    whole = Run(**SMALL).results()
    assert gather(Results({**whole.config, "seeds": [1, 0]}, *tables(whole)), CANDIDATE, INCUMBENT).seeds.tolist() == [
        0,
        1,
    ]
    for other in ([0], [0, 1, 2], [0, 2]):
        wrong = refused(Results({**whole.config, "seeds": other}, *tables(whole)))
        assert "its seeds are not those of its configuration" in wrong


def test_a_day_that_is_there_twice_is_refused() -> None:
    whole = Run(**SMALL).results()
    twice = Run(**SMALL, change={"days": lambda row: row if row["seed"] else None}).results()
    days = pa.concat_tables([whole.days, twice.days])
    wrong = refused(Results(whole.config, days, whole.calibration, whole.positions, whole.weights))
    assert "some days are there more than once" in wrong


@pytest.mark.parametrize(
    "lost",
    [
        {"player": CANDIDATE, "persona": "late", "seed": 1, "day": 1},
        {"player": INCUMBENT, "persona": "newcomer", "seed": 0, "day": 0},
        {"player": "oracle", "persona": "early", "seed": 1, "day": 0},
    ],
)
def test_a_missing_day_is_named(lost: Row) -> None:
    def drop(row: Row) -> Row | None:
        return None if lost.items() <= row.items() else row

    wrong = refused(Run(**SMALL, change={"days": drop}).results())
    assert "1 of 48 days have not 40 decisions as the others have" in wrong
    assert " ".join(f"{name} {value}" for name, value in lost.items()) in wrong


def test_a_day_missing_everywhere_is_noticed() -> None:
    wrong = refused(Run(seeds=2, days=3, change={"days": lambda row: None if row["day"] == 1 else row}).results())
    assert "days are missing" in wrong


def test_fewer_decisions_for_one_player_are_no_fair_comparison() -> None:
    def fewer(row: Row) -> Row:
        return row | {"decisions": 39} if (row["player"], row["seed"]) == (CANDIDATE, 1) else row

    assert "6 of 48 days" in refused(Run(**SMALL, change={"days": fewer}).results())


@pytest.mark.parametrize("table", ["calibration", "positions"])
def test_what_shows_degeneracy_must_be_there(table: str) -> None:
    wrong = refused(Run(**SMALL, change={table: without(CANDIDATE)}).results())
    assert f"its table {table!r} has no rows of {CANDIDATE}" in wrong


@pytest.mark.parametrize("oracle", [0.0, -0.1, float("nan")])
def test_a_simulation_in_which_the_oracle_is_no_better_than_chance_is_broken(oracle: float) -> None:
    wrong = refused(Run(**SMALL, levels={**LEVELS, "oracle": oracle}).results())
    assert "the simulation does not reward good choices" in wrong


def tables(results: Results) -> tuple[Any, ...]:
    return results.days, results.calibration, results.positions, results.weights
