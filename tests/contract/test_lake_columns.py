"""The lake's columns are the contracts' fields: each type of the catalog, worked out by hand."""

import json
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from codegen import lake
from codegen.lake import TABLES, columns, document, glue_type
from tests.contract.contracts import ROOT
from tipbandit.contracts.fields import Identifier
from tipbandit.contracts.inputs import Context


class Inner(BaseModel):
    """A part."""

    a: float | None = None
    b: tuple[Annotated[str, Field(min_length=1)] | None, ...]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (str, "string"),
        (UUID, "string"),
        (Literal["decision"], "string"),
        (Literal[2], "bigint"),
        (Identifier | None, "string"),
        (bool | None, "boolean"),
        (int, "bigint"),
        (float | None, "double"),
        (tuple[float | None, ...] | None, "array<double>"),
        (tuple[Inner, ...], "array<struct<a:double,b:array<string>>>"),
        (Context | None, "struct<hour:double,weekday:bigint>"),
    ],
)
def test_a_field_is_of_the_catalogs_type_for_its_values(annotation: Any, expected: str) -> None:  # noqa: ANN401
    assert glue_type(annotation) == expected


@pytest.mark.parametrize("annotation", [dict[str, str], int | str, object, list[int], None])
def test_a_field_that_no_column_can_hold_is_refused(annotation: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError, match="no column is of type"):
        glue_type(annotation)


def test_the_field_that_cannot_be_held_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(BaseModel):
        fine: int
        anything: dict[str, str]

    monkeypatch.setattr(lake, "TABLES", {"decisions": Wrong})

    with pytest.raises(TypeError, match=r"Wrong\.anything"):
        columns("decisions")


@pytest.mark.parametrize("table", TABLES)
def test_a_row_is_a_log_lines_envelope_and_its_event(table: str) -> None:
    made = columns(table)
    members = made["data"].removeprefix("struct<").removesuffix(">")

    assert list(made) == ["timestamp", "function_version", "correlation_id", "data"]
    assert [members.startswith(f"{name}:") for name in list(TABLES[table].model_fields)[:1]] == [True]
    assert all(f"{name}:" in members for name in TABLES[table].model_fields)
    assert " " not in made["data"]  # the catalog's own parser takes none


def test_who_reads_the_lake_finds_the_columns_in_a_file() -> None:
    committed: Final = json.loads((ROOT / "shared/contracts/lake.json").read_text("utf-8"))

    assert committed == document()
    assert {table: committed[table] for table in TABLES} == {table: columns(table) for table in TABLES}
