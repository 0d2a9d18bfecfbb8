"""The table and the picture of the personas."""

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tipbandit_lab.moments import REACTIONS
from tipbandit_lab.persona_cards import draw, show
from tipbandit_lab.persona_measures import AXES, PLAYERS, curves, measured
from tipbandit_lab.personas import holdout, personas
from tipbandit_lab.world import Setting

EVERYONE = {**personas(), **holdout()}
TINY = Setting(users=3, days=1)


def test_the_table_has_a_row_for_every_persona_and_says_which_are_kept_back() -> None:
    written = StringIO()
    show(Console(file=written, width=120), TINY)
    told = written.getvalue()
    assert all(name in told for name in EVERYONE)
    assert told.count("(kept back)") == len(holdout())
    assert max(map(len, told.splitlines())) <= 120


@pytest.mark.slow
def test_the_picture_is_one(tmp_path: Path) -> None:
    path = tmp_path / "personas.png"
    draw(path, TINY)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 20_000


def test_measures_are_of_all_that_happened_under_random_choice() -> None:
    measures = measured(EVERYONE["dismisser"], Setting(users=20, days=3))
    assert measures.by_hour.sum() == pytest.approx(8)
    shares = measures.by_hour.sum(axis=0) / 8
    assert np.argmax(shares) == REACTIONS.index("dismissed")
    assert measures.dismiss_rate == pytest.approx(shares[REACTIONS.index("dismissed")], abs=0.1)
    assert list(measures.rewards) == list(PLAYERS)
    assert measures.rewards["oracle"] > measures.rewards["random"] > measures.rewards["urgent"]


def test_nothing_is_known_of_new_users() -> None:
    measures = measured(EVERYONE["newcomer"], TINY)
    known = measures.completion_rate, measures.dismiss_rate, measures.mean_dwell_s, measures.preferred_hour
    assert known == (None, None, None, None)


def test_a_curve_says_what_a_number_adds() -> None:
    due, priority, age = AXES
    drawn = {(curve.hour, curve.when): curve.added for curve in curves(EVERYONE["priority_driven"], priority)}
    assert set(drawn) == {(hour, when) for hour in (8.5, 13.0, 17.5) for when in ("weekday", "weekend")}
    weight = EVERYONE["priority_driven"].taste.priority
    at_13 = weight.weight + weight.daily * np.cos(np.pi / 12)
    assert drawn[13.0, "weekday"] == pytest.approx(at_13 * (np.array(priority.values) - 0.5))
    assert drawn[13.0, "weekend"] == pytest.approx((at_13 + weight.weekend) * (np.array(priority.values) - 0.5))
    (before, after) = (curve for curve in curves(EVERYONE["drifting"], age) if curve.hour == 20)
    assert (before.when, after.when) == ("weekday", "later")
    assert before.added[0] > 0 > after.added[0]
    assert curves(EVERYONE["deadline_driven"], due)[0].added[-1] == pytest.approx(0, abs=0.05)
