"""Each way to be degenerate is found, for that alone, in any persona."""

import math
from typing import Any

import numpy as np
import pytest
from tests.gate.synthetic import CANDIDATE, PERSONAS, Change, Run, everywhere, failed, judged, of

BETTER = everywhere(0.05)


@pytest.mark.parametrize(
    ("criterion", "change", "says"),
    [
        ("least propensity", {"days": of(CANDIDATE, least_propensity=9.9e-4)}, "its least propensity is 0.00099, "),
        ("least propensity", {"days": of(CANDIDATE, least_propensity=0.0)}, "its least propensity is 0, the floor"),
        ("least propensity", {"days": of(CANDIDATE, least_propensity=math.nan)}, "its least propensity is nan"),
        ("sum of propensities", {"days": of(CANDIDATE, mass_error=2e-9)}, "its propensities miss the sum of 1"),
        ("sum of propensities", {"days": of(CANDIDATE, mass_error=math.nan)}, "its propensities miss the sum of 1"),
        ("states", {"days": of(CANDIDATE, unsound=1)}, "1 users of one run have a state that is not finite"),
        ("calibration", {"calibration": of(CANDIDATE, variance=math.nan)}, "its propensities are not true"),
        ("calibration", {"calibration": of(CANDIDATE, propensity=math.nan)}, "its propensities are not true"),
    ],
)
def test_what_is_degenerate_is_held_for_that_alone(criterion: str, change: dict[str, Change], says: str) -> None:
    run = Run(gain=BETTER, change=change)
    assert failed(run) == [criterion]
    assert judged(run)[criterion].sentence.startswith(says)


@pytest.mark.parametrize("player", ["old/v1", "oracle"])
def test_only_the_candidate_must_be_sound(player: str) -> None:
    nan = of(player, least_propensity=0.0, mass_error=math.nan, unsound=3)
    assert failed(Run(gain=BETTER, change={"days": nan})) == []


def test_the_floor_itself_passes_however_it_is_rounded() -> None:
    assert failed(Run(gain=BETTER, change={"days": of(CANDIDATE, least_propensity=np.nextafter(1e-3, 0))})) == []


def test_one_bad_day_of_one_seed_is_enough() -> None:
    def once(row: dict[str, Any]) -> dict[str, Any]:
        here = (row["player"], row["persona"], row["seed"], row["day"]) == (CANDIDATE, "late", 7, 2)
        return row | {"unsound": 2, "least_propensity": 1e-5, "mass_error": 0.1} if here else row

    assert failed(Run(gain=BETTER, change={"days": once})) == ["least propensity", "sum of propensities", "states"]


def miscalibrated(epsilon: float, persona: str | None = None) -> Change:
    """Return an edit after which the candidate explores with this epsilon and states 0.1."""

    def change(row: dict[str, Any]) -> dict[str, Any]:
        if row["player"] != CANDIDATE or persona not in (None, row["persona"]):
            return row
        decisions = row["candidates"] // (1 if row["bin"] == 18 else 9)
        best = round(decisions * (1 - 0.9 * epsilon))
        return row | {"shown": best if row["bin"] == 18 else decisions - best}

    return change


@pytest.mark.parametrize("persona", [None, *PERSONAS])
def test_a_policy_that_explores_more_than_it_states_is_caught_in_any_persona(persona: str | None) -> None:
    run = Run(gain=BETTER, change={"calibration": miscalibrated(0.3, persona)})
    assert failed(run) == ["calibration"]
    assert judged(run)["calibration"].sentence.startswith("its propensities are not true: shown 3.")
    assert f"({persona or 'early'}, propensities in [0, 0.05))" in judged(run)["calibration"].sentence


def test_a_policy_that_explores_less_than_it_states_is_caught() -> None:
    assert failed(Run(gain=BETTER, change={"calibration": miscalibrated(0.05)})) == ["calibration"]


def test_an_error_that_is_certain_but_too_small_to_matter_is_let_pass() -> None:
    def slightly(row: dict[str, Any]) -> dict[str, Any]:
        many = {name: row[name] * 10_000 for name in ("candidates", "propensity", "variance")}
        right = round(many["propensity"] * (1.01 if row["bin"] == 0 else 1 - 0.01 * 0.09 / 0.91))
        return row | many | {"shown": right} if row["player"] == CANDIDATE else row

    run = Run(gain=BETTER, change={"calibration": slightly})
    assert failed(run) == []
    assert failed(run, calibration_tolerance=0.005) == ["calibration"]


def test_what_was_certain_and_not_shown_is_caught() -> None:
    def certain(row: dict[str, Any]) -> dict[str, Any]:
        sure = {"bin": 20, "propensity": float(row["candidates"]), "variance": 0.0, "shown": row["candidates"] - 20}
        return row | sure if row["player"] == CANDIDATE and row["bin"] == 18 else row

    sentence = judged(Run(gain=BETTER, change={"calibration": certain}))["calibration"].sentence
    assert "propensities of 1" in sentence


def stuck(share: float, persona: str | None = None) -> Change:
    """Return an edit after which the candidate shows the third place this often, the others alike."""

    def change(row: dict[str, Any]) -> dict[str, Any]:
        if row["player"] != CANDIDATE or persona not in (None, row["persona"]):
            return row
        return row | {"shown": round(240 * (share if row["position"] == 2 else (1 - share) / 9))}

    return change


@pytest.mark.parametrize("persona", [None, *PERSONAS])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.15])
def test_a_policy_that_is_stuck_is_caught_in_any_persona(share: float, persona: str | None) -> None:
    run = Run(gain=BETTER, change={"positions": stuck(share, persona)})
    assert failed(run) == ["places"]
    assert f"({persona or 'early'}, place 3 of 10)" in judged(run)["places"].sentence
    assert f"has a share of {share:.1f}" in judged(run)["places"].sentence


def test_a_small_excess_of_one_place_is_let_pass_however_certain() -> None:
    assert failed(Run(gain=BETTER, change={"positions": stuck(0.12)})) == []
    assert failed(Run(gain=BETTER, change={"positions": stuck(0.12)}), place_tolerance=0.1) == ["places"]


def test_a_large_excess_that_may_be_chance_is_let_pass() -> None:
    """4 of 22 where 2.2 are fair: such a place is no rarity among ten."""

    def few(row: dict[str, Any]) -> dict[str, Any]:
        once = (4 if row["position"] == 1 else 2) if row["seed"] == 0 else 0
        return row | {"shown": once} if row["player"] == CANDIDATE else row

    assert failed(Run(gain=BETTER, change={"positions": few})) == []
