"""What the store knows of profiles, generated from the schema table: the entity, the source, the feature view."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Float64, Int64, String

from tipbandit.features.schema import INPUTS, Input

KEY: Final = "user_id"
MOMENT: Final = "as_of"
"""The column of the moment a profile is of."""
VIEW: Final = "profile"
PROFILE: Final[Mapping[str, Input]] = {name: row for name, row in INPUTS.items() if row.source == "profile"}
"""The inputs of the schema table that are the user's."""
FEATURES: Final = tuple(f"{VIEW}:{name}" for name in PROFILE)
"""As they are asked for."""

_TYPES: Final = {"number": Float64, "integer": Int64}
_EVER: Final = timedelta(0)
"""No profile is too old for the store: it does not look at the age of what it serves, so that a limit would hold for
the files alone."""


def definitions(profiles: Path) -> tuple[Entity, FeatureView]:
    """Return what is applied to a store.

    Args:
        profiles: the table of profiles: a Parquet file, or a directory of them.
    """
    user = Entity(name="user", join_keys=[KEY], value_type=ValueType.STRING, description="whom tips are shown to")
    source = FileSource(
        name="profiles",
        path=str(profiles.absolute()),
        timestamp_field=MOMENT,
        description="profiles of all users at some moments, as `tipbandit_lab features` writes them",
    )
    view = FeatureView(
        name=VIEW,
        entities=[user],
        ttl=_EVER,
        schema=[Field(name=KEY, dtype=String), *map(_field, PROFILE.values())],
        source=source,
        description="what the caller sends of a user with each request",
    )
    return user, view


def _field(row: Input) -> Field:
    bounds = {"low": f"{row.low:g}", "below" if row.below_high else "high": f"{row.high:.0f}"}
    return Field(name=row.name, dtype=_TYPES[row.dtype], description=row.meaning, tags={"unit": row.unit, **bounds})
