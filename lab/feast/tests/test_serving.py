"""What is served is what the batch computed, on both online stores; what is asked of the past is what was then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import MOMENTS
from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit_feast.definitions import PROFILE
from tipbandit_feast.errors import StoreError
from tipbandit_feast.serving import profile_features, profiles_as_of, profiles_of
from tipbandit_feast.settings import Settings
from tipbandit_feast.store import apply, materialize

NOBODY: Final = ProfileFeatures()
MICROSECOND: Final = timedelta(microseconds=1)


def batch(profiles: Path, moment: datetime) -> dict[str, ProfileFeatures]:
    """What the laboratory computed of each user at a moment."""
    rows = pq.read_table(profiles / f"{moment.date()}.parquet").to_pylist()
    return {row["user_id"]: ProfileFeatures(**{name: row[name] for name in PROFILE}) for row in rows}


def served(users: list[str], place: Path) -> dict[str, ProfileFeatures]:
    return dict(zip(users, profiles_of(users, place=place), strict=True))


def write(path: Path, like: Path, *rows: dict[str, Any]) -> None:
    """Write a table of profiles with the columns of another."""
    pq.write_table(pa.Table.from_pylist(list(rows), schema=pq.read_schema(next(like.glob("*.parquet")))), path)


def test_of_every_user_what_is_served_is_what_the_batch_computed(settings: Settings, tmp_path: Path) -> None:
    apply(settings, tmp_path)
    moment, users = materialize(tmp_path)
    expected = batch(settings.profiles, MOMENTS[-1])

    assert (moment, users) == (MOMENTS[-1], len(expected))
    assert served(list(expected), tmp_path) == expected
    for name in PROFILE:  # each is there for some, and absent for others
        there = [getattr(each, name) is not None for each in expected.values()]
        assert any(there)
        assert not all(there) or name in {"completion_rate", "dismiss_rate", "mean_dwell_s", "tips_30d"}
    assert all(profile_features(user, place=tmp_path) == expected[user] for user in list(expected)[:3])


def test_a_user_whom_the_store_does_not_know_has_no_features(settings: Settings, tmp_path: Path) -> None:
    apply(settings, tmp_path)
    assert profile_features("nobody", place=tmp_path) == NOBODY
    materialize(tmp_path)

    assert profile_features("nobody", place=tmp_path) == NOBODY
    assert profiles_of([], place=tmp_path) == []


def test_an_earlier_moment_can_be_served_and_a_later_one_takes_its_place(settings: Settings, tmp_path: Path) -> None:
    apply(settings, tmp_path)
    first, second, last = (batch(settings.profiles, moment) for moment in MOMENTS)
    users = list(last)

    for as_of, known in ((MOMENTS[1] - MICROSECOND, first), (MOMENTS[1], second)):
        assert materialize(tmp_path, as_of=as_of)[1] == len(known)
        assert served(users, tmp_path) == {user: known.get(user, NOBODY) for user in users}
    materialize(tmp_path)
    assert served(users, tmp_path) == last


def test_nulls_stay_nulls_and_integers_integers_in_both_stores_and_the_files(
    settings: Settings, tmp_path: Path
) -> None:
    """Also where a column has both, which pandas makes floats of, and where a number comes to mean nothing any more."""
    files = tmp_path / "profiles"
    files.mkdir()
    full = {"completion_rate": 1 / 3, "dismiss_rate": 0.0, "mean_dwell_s": 86_400.0, "preferred_hour": 0.1 + 0.2}
    here = {"as_of": MOMENTS[0], "n_shown": 3}
    rows: list[dict[str, Any]] = [
        {"user_id": "ann", "tips_30d": 1_000_000, **full},
        {"user_id": "bö b", "tips_30d": 0},
        {"user_id": "cy"},
    ]
    write(files / "1.parquet", settings.profiles, *({**here, **row} for row in rows))
    write(files / "2.parquet", settings.profiles, {**here, "user_id": "ann", "as_of": MOMENTS[1]})
    apply(replace(settings, profiles=files), tmp_path)
    expected = [ProfileFeatures(tips_30d=1_000_000, **full), ProfileFeatures(tips_30d=0), NOBODY]
    users = [str(row["user_id"]) for row in rows]

    materialize(tmp_path, as_of=MOMENTS[0])
    assert profiles_of(users, place=tmp_path) == expected
    assert profiles_as_of([(user, MOMENTS[0]) for user in users], place=tmp_path) == expected
    materialize(tmp_path)
    assert profiles_of(users, place=tmp_path) == [NOBODY, *expected[1:]]


def test_what_was_known_at_a_moment_is_the_last_profile_that_is_not_later(profiles: Path, tmp_path: Path) -> None:
    apply(Settings(profiles=profiles), tmp_path)
    of = {moment: batch(profiles, moment) for moment in MOMENTS}
    day = timedelta(days=1)
    asked = [
        (user, moment + later)
        for user in [*of[MOMENTS[-1]], "nobody"]
        for moment in MOMENTS
        for later in (-day, -MICROSECOND, timedelta(0), MICROSECOND, day)
    ]
    found = profiles_as_of(asked, place=tmp_path)

    for (user, moment), profile in zip(asked, found, strict=True):
        known = max((each for each in MOMENTS if each <= moment), default=None)
        assert profile == (NOBODY if known is None else of[known].get(user, NOBODY)), (user, moment)
    assert len({repr(profile) for profile in found}) > len(of[MOMENTS[-1]])


def test_the_same_question_twice_has_two_answers_in_the_order_of_the_questions(profiles: Path, tmp_path: Path) -> None:
    apply(Settings(profiles=profiles), tmp_path)
    known = batch(profiles, MOMENTS[-1])
    ann, bob = list(known)[:2]
    late = MOMENTS[-1].astimezone(tz=None)
    early = datetime(1999, 1, 1, tzinfo=UTC)
    found = profiles_as_of([(bob, late), (ann, late), (ann, early), (bob, late)], place=tmp_path)

    assert found == [known[bob], known[ann], NOBODY, known[bob]]
    for question in ((ann, early), ("nobody", late)):  # alone
        assert profiles_as_of([question], place=tmp_path) == [NOBODY]
    assert profiles_as_of([], place=tmp_path) == []
    with pytest.raises(ValueError, match="moments without a time zone: 2026-01-01 00:00:00"):
        profiles_as_of([(ann, datetime(2026, 1, 1))], place=tmp_path)  # noqa: DTZ001 - that is what is wrong with it


def test_what_is_no_profile_is_refused_where_it_is_served(profiles: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.parquet"
    write(wrong, profiles, {"user_id": "ann", "as_of": MOMENTS[0], "n_shown": 1, "completion_rate": 1.5})
    apply(Settings(profiles=wrong), tmp_path)
    materialize(tmp_path)

    with pytest.raises(
        StoreError, match="holds what is no profile: completion_rate: Input should be less than or equa"
    ):
        profile_features("ann", place=tmp_path)
