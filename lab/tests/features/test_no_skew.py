"""A simulated caller computes profiles online and sends them with each decision: the lake says the same afterwards."""

from datetime import UTC, timedelta
from pathlib import Path

import duckdb
import pytest
from tests.features.events import by_user, profiles

from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit_lab import lake
from tipbandit_lab.features import duck
from tipbandit_lab.features.definition import PROFILE
from tipbandit_lab.lake.filling import Filling, fill

pytestmark = pytest.mark.slow
EVERY = 17
"""Decisions of the lake, of which one is looked at."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("simulated") / "lake"
    fill(Filling(users=16, days=40, moments=3, candidates=3), place)
    return place


def test_what_the_caller_sent_with_a_decision_is_what_the_lake_says_of_the_moment_before(filled: Path) -> None:
    with lake.connect(filled) as connection, duckdb.connect() as quick:
        for table in ("decisions", "rewards"):
            quick.register(table, connection.view(table).to_arrow_table())
        sent = quick.execute(
            "SELECT user_id, decisions.at, profile FROM decisions WHERE profile IS NOT NULL ORDER BY decisions.at"
        ).fetchall()[::EVERY]
        for user, at, profile in sent:
            just_before = at.replace(tzinfo=UTC) - timedelta(microseconds=1)
            said = profiles(by_user(duck.profiles(quick, just_before).to_arrow_table().to_pylist()))
            assert said.get(user, ProfileFeatures()) == ProfileFeatures.model_validate(profile), (user, at)

    assert len(sent) > 50
    assert {name for name in PROFILE for *_, profile in sent if profile[name] is not None} == set(PROFILE)
