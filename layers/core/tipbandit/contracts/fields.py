"""What fields are made of: strict numbers, identifiers, and inputs bounded by the schema table."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tipbandit.features.schema import INPUTS
from tipbandit.ids import IDENTIFIER_PATTERN, USER_KEY_PATTERN

MAX_CANDIDATES: Final = 200
MAX_TOKEN_CHARS: Final = 4096


class Wire(BaseModel):
    """The base of all models on the wire: exact types, finite numbers, no unknown fields, immutable."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


Identifier = Annotated[
    str,
    StringConstraints(pattern=IDENTIFIER_PATTERN),
    Field(json_schema_extra={"minLength": 1, "maxLength": 128}),
]
UserKey = Annotated[str, StringConstraints(pattern=USER_KEY_PATTERN)]
"""The caller's id of a user, behind ``<tenant>/`` where there are tenants."""
Unit = Annotated[float, Field(ge=0, le=1)]
RewardValue = Annotated[float, Field(ge=-1, le=1)]


def bounded(name: str, meaning: str = "") -> Any:  # noqa: ANN401  pydantic's Field is itself typed Any
    """Return the field of one input of the schema table: its range, its meaning, and None where it may be absent.

    ``meaning`` replaces the table's where the same number is of something else than a tip.
    """
    row = INPUTS[name]
    bounds: dict[str, Any] = {"ge": row.low, "lt" if row.below_high else "le": row.high}
    described = (meaning or row.meaning) + ("" if row.unit == "1" else f" ({row.unit})")
    if row.required:
        return Field(description=described, **bounds)
    return Field(default=None, description=described, **bounds)
