"""What the command line may ask of logged data, and what is wrong said at once."""

from datetime import date
from typing import Any

import pytest
from tests.evaluation.logged import connected, lived

from tipbandit_lab import lake
from tipbandit_lab.errors import RunError
from tipbandit_lab.gate.options import source


@pytest.fixture(autouse=True)
def _lake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake, "connect", lambda _: connected(lived(users=1, moments=1)))


def test_without_a_lake_nothing_is_asked() -> None:
    assert source(None) is None


def test_what_is_asked_is_what_was_said() -> None:
    found = source(
        "lake", logged_days="2026-01-05..2026-01-11", unrewarded="ignored", shadow="linucb-v2-shadow", bound="anytime",
        logged_margin=0.02, logged_alpha=0.1, logged_look=3,
    )  # fmt: skip
    assert found is not None
    assert (found.lake, found.days) == ("lake", (date(2026, 1, 5), date(2026, 1, 11)))
    assert (found.unrewarded, found.signal, found.look) == ("ignored", "shadow:linucb-v2-shadow", 3)
    assert (found.criteria.bound, found.criteria.margin, found.criteria.alpha) == ("anytime", 0.02, 0.1)
    assert found.window == "2026-01-05..2026-01-11"
    usual = source("lake")
    assert usual is not None
    assert (usual.window, usual.signal, usual.criteria.bound, usual.criteria.margin) == (None, None, "fixed", 0.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"lake": None, "shadow": "x", "logged_look": 2},
            "--shadow, --logged-look: of logged data, which --lake names",
        ),
        ({"lake": None, "logged_margin": 0.1}, "--logged-margin: of logged data"),
        (
            {"bound": "none", "unrewarded": "zero"},
            "--unrewarded is drop or ignored, not zero; --bound is fixed or anytime",
        ),
        ({"logged_days": "soon"}, "--logged-days is FROM..TO"),
        ({"logged_days": "2026-01-09..2026-01-05"}, "--logged-days: 2026-01-09 is after 2026-01-05"),
    ],
)
def test_what_is_wrong_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=message):
        source(**{"lake": "lake", **options})


def test_criteria_out_of_range_are_named() -> None:
    with pytest.raises(ValueError, match=r"alpha must lie in \(0, 1\); margin must be non-negative"):
        source("lake", logged_alpha=1.5, logged_margin=-0.1)
