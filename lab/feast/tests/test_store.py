"""The definitions, which the schema table makes, and what stands in the way of a store."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from feast.types import Float64, Int64, String

from tests.conftest import MOMENTS, REGION
from tipbandit.contracts.inputs import ProfileFeatures
from tipbandit.features.schema import INPUTS
from tipbandit_feast.definitions import FEATURES, definitions
from tipbandit_feast.errors import StoreError
from tipbandit_feast.serving import profile_features
from tipbandit_feast.settings import FILE, Settings
from tipbandit_feast.store import apply, materialize, opened


def test_the_view_is_the_profile_of_the_schema_table(profiles: Path, tmp_path: Path) -> None:
    """As it comes back from the registry: names, types, meanings, units and ranges."""
    apply(Settings(profiles=profiles), tmp_path)
    view = opened(tmp_path).get_feature_view("profile")
    rows = [row for row in INPUTS.values() if row.source == "profile"]

    assert [field.name for field in view.features] == [row.name for row in rows] == list(ProfileFeatures.model_fields)
    assert [name.partition(":")[2] for name in FEATURES] == [row.name for row in rows]
    for field, row in zip(view.features, rows, strict=True):
        high = "below" if row.below_high else "high"
        assert field.dtype == {"number": Float64, "integer": Int64}[row.dtype]
        assert (field.description, field.tags["unit"]) == (row.meaning, row.unit)
        assert (float(field.tags["low"]), float(field.tags[high])) == (row.low, row.high)
        assert len(field.tags) == 3
    assert [(field.name, field.dtype) for field in view.entity_columns] == [("user_id", String)]
    assert [entity.join_key for entity in opened(tmp_path).list_entities() if entity.name == "user"] == ["user_id"]


def test_the_columns_of_the_files_are_those_of_the_view(profiles: Path) -> None:
    user, view = definitions(profiles)
    columns = {user.join_key, view.batch_source.timestamp_field, *(field.name for field in view.schema)}

    assert columns == set(pq.read_schema(next(profiles.glob("*.parquet"))).names) - {"n_shown"}


def test_the_settings_are_feasts_own(tmp_path: Path, profiles: Path) -> None:
    Settings(profiles=profiles, online="dynamodb", region=REGION, endpoint="http://localhost:1").write(tmp_path)
    written = yaml.safe_load((tmp_path / FILE).read_text())

    assert written["online_store"] == {"type": "dynamodb", "region": REGION, "endpoint_url": "http://localhost:1"}
    assert opened(tmp_path).config.online_store.endpoint_url == "http://localhost:1"
    assert os.environ["FEAST_USAGE"] == "False"


def test_a_store_that_is_applied_anew_is_served_from_elsewhere(profiles: Path, endpoint: str, tmp_path: Path) -> None:
    apply(Settings(profiles=profiles), tmp_path)
    apply(Settings(profiles=profiles, online="dynamodb", region=REGION, endpoint=endpoint), tmp_path)

    assert materialize(tmp_path)[0] == MOMENTS[-1]
    assert opened(tmp_path).config.online_store.type == "dynamodb"


def test_settings_that_mean_nothing_are_refused_all_at_once() -> None:
    with pytest.raises(StoreError, match=r"needs a region .*; profiles are files of this machine, not s3:/bucket"):
        Settings(profiles=Path("s3://bucket"), online="dynamodb")
    with pytest.raises(StoreError, match="SQLite has no endpoint"):
        Settings(profiles=Path(), endpoint="http://localhost:1")


def test_a_place_without_a_store_is_said_to_be_one(tmp_path: Path) -> None:
    for use in (materialize, lambda place: profile_features("ann", place=place)):
        with pytest.raises(StoreError, match=r"there is no store at .*; `apply` makes one"):
            use(tmp_path)
    Settings(profiles=tmp_path).write(tmp_path)
    with pytest.raises(StoreError, match=r"cannot be used: .*profile.*; `apply` makes one"):
        profile_features("ann", place=tmp_path)


def _empty(_: Path, path: Path) -> None:
    path.mkdir()


def _damaged(good: Path, path: Path) -> None:
    path.mkdir()
    (path / "a.parquet").write_bytes((good / f"{MOMENTS[0].date()}.parquet").read_bytes()[:-9])


def _of_another_kind(good: Path, path: Path) -> None:
    table = pq.read_table(good / f"{MOMENTS[0].date()}.parquet").drop_columns("as_of")
    place = table.schema.get_field_index("tips_30d")
    pq.write_table(table.set_column(place, "tips_30d", table["tips_30d"].cast(pa.float64())), path)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda *_: None, "cannot be read as profiles"),
        (_empty, "holds no profiles; `tipbandit_lab features --out"),
        (_damaged, r"cannot be read as profiles: .*a\.parquet"),
        (_of_another_kind, r"as_of is not there, not timestamp\[us, tz=UTC\], .*tips_30d is double, not int64"),
    ],
)
def test_files_that_are_no_profiles_are_refused_and_no_store_is_made(
    make: Callable[[Path, Path], Any], said: str, profiles: Path, tmp_path: Path
) -> None:
    make(profiles, tmp_path / "profiles")

    with pytest.raises(StoreError, match=said):
        apply(Settings(profiles=tmp_path / "profiles"), tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_before_the_first_profile_there_is_nothing_to_serve(profiles: Path, tmp_path: Path) -> None:
    apply(Settings(profiles=profiles), tmp_path)

    with pytest.raises(StoreError, match=r"no profiles of 2025-.* or before"):
        materialize(tmp_path, as_of=MOMENTS[0].replace(year=2025))
    with pytest.raises(ValueError, match="no time zone"):
        materialize(tmp_path, as_of=MOMENTS[0].replace(tzinfo=None))


def test_a_database_that_does_not_answer_is_said_to_be_one(profiles: Path, tmp_path: Path) -> None:
    settings = Settings(profiles=profiles, online="dynamodb", region=REGION, endpoint="http://127.0.0.1:1")

    with pytest.raises(StoreError, match="DynamoDB cannot be used: Could not connect"):
        apply(settings, tmp_path)
