"""What is drawn for one moment: tips, times of day and decision ids."""

from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipbandit.ids import uuid7
from tipbandit_lab.arrays import Bools
from tipbandit_lab.personas import KINDS, Supply, personas
from tipbandit_lab.streams import Streams
from tipbandit_lab.supply import times_of_day, tips, uuid7s

EVERYONE = personas()


def test_hours_near_midnight_stay_in_the_day() -> None:
    late = EVERYONE["night_owl"].model_copy(update={"openings": EVERYONE["night_owl"].openings[:1]})
    times = times_of_day(late.openings, Streams("x", 1, 0).at("days"), np.full(2_000, 0.5), 3)
    assert times.min() >= 0
    assert times.max() < 86_400_000
    assert np.any(times < 3_600_000)
    assert np.any(times > 23 * 3_600_000)


def test_openings_come_as_often_as_their_share_and_later_for_whoever_is_late() -> None:
    openings = EVERYONE["deadline_driven"].openings
    shift_h = np.repeat([0.0, 2.0], 4_000)
    hours = times_of_day(openings, Streams("x", 1, 0).at("days"), shift_h, 8) / 3_600_000
    punctual, late = hours[:, :4_000], hours[:, 4_000:]
    middle = np.mean([opening.hour for opening in openings])
    shares = np.array([opening.share for opening in openings])
    assert np.mean(punctual < middle) == pytest.approx(shares[0] / shares.sum(), abs=0.02)
    assert np.median(late) - np.median(punctual) == pytest.approx(2.0, abs=0.2)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_decision_id_is_the_one_the_service_would_make(unix_ms: int, entropy: bytes) -> None:
    random = int.from_bytes(entropy, "big")
    rand_a = np.array([random >> 68], dtype=np.uint64)
    rand_b = np.array([random & ((1 << 62) - 1)], dtype=np.uint64)
    ids = uuid7s(np.array([unix_ms]), rand_a, rand_b)
    assert UUID(bytes=ids.tobytes()) == uuid7(unix_ms, entropy)


def _share(of: Bools) -> float:
    return float(np.mean(of))


def test_the_supply_is_what_the_persona_says() -> None:
    supply = Supply.model_validate(
        {
            "due_share": 0.3, "due_mean_hours": 20, "overdue_share": 0.25, "age_mean_hours": 50,
            "no_priority_share": 0.1, "kinds": {"money": 3, "tidying": 1},
        }
    )  # fmt: skip
    offered = tips(supply, Streams("x", 1, 0).at("moments"), (10, 100_000))
    due = offered.due_in_hours[~np.isnan(offered.due_in_hours)]
    assert _share(~np.isnan(offered.due_in_hours)) == pytest.approx(0.3, abs=0.01)
    assert _share(due < 0) == pytest.approx(0.25, abs=0.02)
    assert np.abs(due).mean() == pytest.approx(20, rel=0.04)
    assert offered.age_hours.mean() == pytest.approx(50, rel=0.03)
    assert _share(np.isnan(offered.priority)) == pytest.approx(0.1, abs=0.01)
    assert np.nanmean(offered.priority) == pytest.approx(0.5, abs=0.01)
    counts = np.bincount(offered.kind.ravel(), minlength=len(KINDS)) / offered.kind.size
    assert np.count_nonzero(counts) == 2
    assert counts == pytest.approx([{"money": 0.75, "tidying": 0.25}.get(kind, 0.0) for kind in KINDS], abs=0.01)


def test_what_is_drawn_for_a_tip_is_independent() -> None:
    offered = tips(EVERYONE["erratic"].supply, Streams("x", 1, 0).at("moments"), (10, 4_000))
    priority, due = (
        np.where(np.isnan(each), np.nanmean(each), each) for each in (offered.priority, offered.due_in_hours)
    )
    absent = np.isnan(offered.priority), np.isnan(offered.due_in_hours)
    columns = [*absent, priority, due, offered.age_hours, *(offered.kind == kind for kind in range(len(KINDS) - 1))]
    between = np.corrcoef([np.asarray(column, dtype=float).ravel() for column in columns])
    kinds = np.s_[5:, 5:]  # one kind excludes another
    between[kinds] = np.eye(len(KINDS) - 1)
    assert np.abs(between - np.eye(len(between))).max() < 0.025


@pytest.mark.parametrize(("share", "all_absent"), [(0.0, True), (1.0, False)])
def test_shares_of_nothing_and_of_everything_are_exact(share: float, all_absent: bool) -> None:  # noqa: FBT001
    supply = EVERYONE["erratic"].supply.model_copy(
        update={"due_share": share, "overdue_share": share, "no_priority_share": 1 - share}
    )
    offered = tips(supply, Streams("x", 1, 0).at("moments"), (10, 10_000))
    assert np.all(np.isnan(offered.due_in_hours) == all_absent)
    assert np.all(np.isnan(offered.priority) == all_absent)
    assert all_absent or np.all(offered.due_in_hours <= 0)
