"""A lake filled by simulation: what the service would have logged, whole or not at all."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.lake.events import DAY, NOON, lay, logged, reward

from tipbandit.contracts.events import DecisionEvent, RewardEvent
from tipbandit.features.encode import encode_columns
from tipbandit.ids import unix_ms_of
from tipbandit.policies.registry import POLICIES
from tipbandit.rewards import REWARD_BY_REACTION
from tipbandit_lab.faithful.questions import moment_of
from tipbandit_lab.lake import LakeError, connect, filling
from tipbandit_lab.lake.arriving import by_day, deliver
from tipbandit_lab.lake.callers import Logged
from tipbandit_lab.lake.crowd import Block, lived
from tipbandit_lab.lake.filling import Filling, fill
from tipbandit_lab.lake.publishing import MANIFEST
from tipbandit_lab.world import Setting
from tipbandit_recommender import Shown, profile_features
from tipbandit_recommender.sinks import ShadowSignal

Events = tuple[list[DecisionEvent], list[RewardEvent], list[ShadowSignal]]

SMALL = Filling(users=11, days=4, moments=3, candidates=4, policy="egreedy/v2")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("filled") / "lake"
    assert fill(SMALL, out)
    return out


@pytest.fixture(scope="module")
def events() -> Events:
    """All that is logged of some users of a month, by table."""
    block = Block(persona="erratic", number=0, seed=3, setting=Setting(6, 30, 4, 5), policy="egreedy/v2")
    found: dict[str, list[Any]] = defaultdict(list)
    for each in lived(block):
        found[each.table].append(each.event)
    return found["decisions"], found["rewards"], found["shadows"]


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def content(root: Path) -> list[Any]:
    return [pq.read_table(root / file, partitioning=None) for file in files(root) if file.endswith(".parquet")]


def test_a_filled_lake_is_read_like_any_other(lake: Path) -> None:
    with connect(lake) as connection:
        (counts,) = connection.sql(
            "SELECT count(*), count(DISTINCT user_id), min(day) = '2026-01-05', max(day) = '2026-01-08' FROM decisions"
        ).fetchall()
        assert connection.sql("FROM rewards ANTI JOIN decisions USING (decision_id)").fetchall() == []
    assert counts[1:] == (11, True, True)
    assert 0.4 * 11 * 12 < counts[0] < 11 * 12


def test_some_lines_arrive_twice_and_some_on_the_day_after_they_were_logged() -> None:
    late = NOON + timedelta(hours=11, minutes=58)
    at_ms = round(late.timestamp() * 1000)
    events = [Logged("rewards", at_ms, reward(number, late)) for number in range(5_000)]
    arrived = by_day(events, np.random.default_rng(0))
    counts = {day: len(lines) for (_, day), lines in arrived.items()}
    assert counts.keys() == {DAY, DAY + timedelta(days=1)}
    assert sum(counts.values()) - 5_000 == pytest.approx(50, abs=30)
    assert counts[DAY] == pytest.approx(2_000, abs=150)  # two of the five minutes are left of the day


def test_profiles_are_what_the_caller_knew_then_and_all_of_it_has_gone_through_the_lake(events: Events) -> None:
    decisions, rewards, _ = events
    told = {each.decision_id: each for each in rewards}
    histories: dict[str, list[DecisionEvent]] = defaultdict(list)
    seen = 0
    for each in sorted(decisions, key=lambda one: one.decision_id.int):
        now_ms = unix_ms_of(each.decision_id)
        history = [_shown(past, told, now_ms) for past in histories[each.user_id]]
        assert each.profile_features == profile_features(history, now=moment_of(now_ms))
        seen += each.profile_features.preferred_hour is not None
        histories[each.user_id].append(each)
    assert seen > 100


def _shown(decision: DecisionEvent, told: dict[Any, RewardEvent], now_ms: int) -> Shown:
    at_ms, found = unix_ms_of(decision.decision_id), told.get(decision.decision_id)
    known = found is not None and at_ms + found.delay_ms <= now_ms
    return Shown(
        shown_at=moment_of(at_ms).astimezone(UTC),
        hour=decision.context.hour,
        reaction=found.reaction if found and known else None,  # type: ignore[arg-type]
        dwell_s=found.dwell_s if found and known else None,
    )


def test_propensities_and_features_are_those_of_the_policy(events: Events) -> None:
    decisions, _, shadows = events
    policy = POLICIES["egreedy/v2"]
    for each in decisions:
        place = each.candidates.tip_id.index(each.tip_id)
        x = encode_columns(policy.feature_set, each.context, each.candidates, each.profile_features)
        assert each.x == tuple(x[place].tolist())
        assert sum(each.propensities) == pytest.approx(1)
        assert each.propensity == each.propensities[place] >= policy.epsilon / 5
        assert each.propensities == pytest.approx(policy.propensities(np.array(each.scores), 0).tolist())
    assert {each.policy for each in shadows} == set(POLICIES) - {"egreedy/v2"}
    answered = [each for each in shadows if each.error is None]
    assert all(sum(row.propensity for row in each.ranking) == pytest.approx(1) for each in answered)


def test_what_a_real_lake_has_occurs_in_a_small_one(events: Events) -> None:
    decisions, rewards, shadows = events
    shares = {
        "unrewarded": 1 - len(rewards) / len(decisions),
        "without a token": sum(each.propensity is None for each in rewards) / len(rewards),
        "unmeasured": sum(each.dwell_s is None for each in rewards) / len(rewards),
        "shadowed": len({each.decision_id for each in shadows}) / len(decisions),
        "unprompted": sum(each.prompt_version is None for each in decisions) / len(decisions),
    }
    expected = {"unrewarded": 0.08, "without a token": 0.03, "unmeasured": 0.15, "shadowed": 0.1, "unprompted": 0.1}
    assert shares == pytest.approx(expected, abs=0.05)
    assert all(share > 0 for share in shares.values())
    assert {each.reaction for each in rewards} == set(REWARD_BY_REACTION)
    assert any(each.degraded and each.epoch is None for each in decisions)
    assert len({each.user_id for each in decisions}) == 6


def test_rewards_teach_in_the_order_they_come(events: Events) -> None:
    decisions, rewards, _ = events
    count: dict[str, int] = defaultdict(int)
    for each in rewards:
        count[each.user_id] += 1
        assert each.n == count[each.user_id]
        assert each.reward == REWARD_BY_REACTION[each.reaction or "nothing"]
    assert max(each.state_ver or 0 for each in decisions) > 50


@pytest.mark.slow
def test_the_same_filling_is_the_same_lake_however_many_processes_fill_it(lake: Path, tmp_path: Path) -> None:
    assert fill(SMALL, tmp_path / "lake", workers=2)
    assert files(tmp_path / "lake") == files(lake)
    assert all((tmp_path / "lake" / file).read_bytes() == (lake / file).read_bytes() for file in files(lake))


def test_another_seed_is_another_lake(lake: Path, tmp_path: Path) -> None:
    fill(Filling(users=11, days=4, moments=3, candidates=4, policy="egreedy/v2", seed=1), tmp_path / "lake")
    with connect(tmp_path / "lake") as one, connect(lake) as other:
        query = "SELECT decision_id FROM decisions"
        assert not set(one.sql(query).fetchall()) & set(other.sql(query).fetchall())


def test_a_lake_that_is_filled_already_stays_as_it_is(lake: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in lake.rglob("*")}
    assert not fill(SMALL, lake)
    assert {path: path.stat().st_mtime_ns for path in lake.rglob("*")} == before


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    fill(Filling(users=2, days=1, moments=2, candidates=2), tmp_path / "lake")
    return tmp_path / "lake"


def test_another_filling_wants_fresh_and_leaves_nothing_of_the_first(filled: Path) -> None:
    other = Filling(users=3, days=2, moments=1, candidates=2)
    with pytest.raises(LakeError, match=r"filled with other days, moments, users; --fresh"):
        fill(other, filled)
    assert fill(other, filled, fresh=True)
    assert not fill(other, filled)
    assert sorted(files(filled)) == sorted([*json.loads((filled / MANIFEST).read_text())["files"], MANIFEST])


def test_what_others_brought_is_never_mixed_with_and_never_removed(filled: Path) -> None:
    theirs = lay(filled, "rewards", *logged(reward()))
    before = files(filled)
    for fresh in (True, False):
        with pytest.raises(LakeError, match=r"1 files that no filling wrote, rewards/day=2026-01-05/some\.parquet"):
            fill(Filling(users=3), filled, fresh=fresh)
    assert files(filled) == before
    assert theirs.exists()


def test_a_directory_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for fresh in (True, False):
        with pytest.raises(LakeError, match="is not empty, and was not filled"):
            fill(Filling(users=1), tmp_path, fresh=fresh)
    assert files(tmp_path) == ["notes.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("no space left on device")])
def test_an_interrupted_filling_leaves_the_old_lake_and_nothing_of_the_new(
    filled: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def interrupted(calls: Sequence[Any], workers: int) -> Iterator[object]:
        assert workers == 1
        yield deliver(*calls[0])
        raise error

    before = content(filled)
    monkeypatch.setattr(filling, "_delivered", interrupted)
    for out in (filled, filled.parent / "new"):
        with pytest.raises(type(error)):
            fill(Filling(users=30, days=2), out, fresh=True)
    assert [path.name for path in filled.parent.iterdir()] == ["lake"]
    assert all(one.equals(other) for one, other in zip(content(filled), before, strict=True))


def test_what_a_killed_filling_left_beside_is_removed_by_fresh_alone(filled: Path) -> None:
    beside = filled.parent / ".new.filling"
    (beside / "parts").mkdir(parents=True)
    (beside / "parts" / "some.parquet").write_bytes(b"half of a fi")
    few = Filling(users=1, days=1, moments=1, candidates=1)
    with pytest.raises(LakeError, match="or was killed; --fresh removes it"):
        fill(few, filled.parent / "new")
    assert fill(few, filled.parent / "new", fresh=True)
    assert not beside.exists()


def test_a_filling_that_lost_a_file_says_so(filled: Path) -> None:
    next(filled.rglob("*.parquet")).unlink()
    with pytest.raises(LakeError, match="lacks 1 files"):
        fill(Filling(users=2, days=1, moments=2, candidates=2), filled)


def test_everything_that_is_wrong_with_a_filling_is_named() -> None:
    with pytest.raises(ValueError, match=r"users must.*days must.*no such policy: best/v1; there are.*seed must"):
        Filling(users=0, days=-1, policy="best/v1", seed=-1)
