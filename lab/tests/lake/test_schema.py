"""The tables of the lake follow from the contracts of the events."""

import json
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
import pytest
from pydantic import BaseModel, create_model

from tipbandit.contracts.events import DecisionEvent
from tipbandit_lab.lake.schema import EVENTS, VERSIONS, arrow_type, struct_of, table_schema

GENERATED = Path(__file__).parents[3] / "shared" / "contracts" / "lake.json"
GLUE = {pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double", pa.bool_(): "boolean"}


def in_glue(column: pa.DataType) -> str:
    if pa.types.is_struct(column):
        return f"struct<{','.join(f'{each.name}:{in_glue(each.type)}' for each in column)}>"
    if pa.types.is_list(column):
        return f"array<{in_glue(column.value_type)}>"
    return GLUE[column]


@pytest.mark.parametrize("table", EVENTS)
def test_columns_are_those_that_the_deployed_delivery_writes(table: str) -> None:
    written = json.loads(GENERATED.read_text())[table]
    assert {each.name: in_glue(each.type) for each in table_schema(table)} == written


@pytest.mark.parametrize("table", EVENTS)
def test_the_version_that_is_written_now_is_the_newest_that_is_read(table: str) -> None:
    written = get_args(EVENTS[table].model_fields["schema_version"].annotation)
    assert written == VERSIONS[table][-1:]


def test_a_field_that_a_contract_gains_is_a_column() -> None:
    gained: Any = create_model("Gained", __base__=DecisionEvent, mood=(tuple[float | None, ...] | None, None))
    assert struct_of(gained)[-1] == pa.field("mood", pa.list_(pa.float64()))
    assert list(struct_of(gained))[:-1] == list(struct_of(DecisionEvent))


@pytest.mark.parametrize("kind", [dict[str, int], int | str, tuple[int, str], Literal[1, "a"], bytes, None])
def test_what_no_column_can_hold_is_refused(kind: object) -> None:
    with pytest.raises(TypeError, match="no column is of type"):
        arrow_type(kind)


def test_the_field_that_no_column_can_hold_is_named() -> None:
    class Odd(BaseModel):
        fine: int
        odd: dict[str, int]

    with pytest.raises(TypeError, match=r"Odd\.odd: no column"):
        struct_of(Odd)
