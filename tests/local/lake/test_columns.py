"""Rows in the catalog's types: what fits, what does not, and what is no type."""

import io
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codegen.lake import TABLES, columns
from local.lake.columns import parquet, schema

COLUMNS: Final = schema({"at": "string", "data": "struct<n:bigint,tips:array<struct<id:string,p:array<double>>>>"})


def rows_of(content: bytes | None) -> list[dict[str, Any]]:
    assert content is not None
    found: list[dict[str, Any]] = pq.read_table(io.BytesIO(content)).to_pylist()
    return found


def test_the_catalogs_types_are_arrows() -> None:
    tip = pa.struct([("id", pa.string()), ("p", pa.list_(pa.float64()))])

    assert COLUMNS.field("at").type == pa.string()
    assert COLUMNS.field("data").type == pa.struct([("n", pa.int64()), ("tips", pa.list_(tip))])


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_the_lake_is_understood(table: str) -> None:
    made = schema(columns(table))

    assert made.names == ["timestamp", "function_version", "correlation_id", "data"]
    assert {field.name for field in made.field("data").type} == set(TABLES[table].model_fields)


@pytest.mark.parametrize(
    "text",
    [
        *("", "<", "int", "string,string", "array", "array<>", "array<string", "array<string>>", "array <string>"),
        *("struct<>", "struct<a>", "struct<a:>", "struct<a:string", "struct<a:string,>"),
    ],
)
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"type"):
        schema({"x": text})


def test_a_field_that_is_not_there_is_null_and_one_without_a_column_is_left_out() -> None:
    content, misfits = parquet([{"at": "now", "level": "INFO", "data": {"n": 1, "new": [1]}}, {}], COLUMNS)

    assert rows_of(content) == [{"at": "now", "data": {"n": 1, "tips": None}}, {"at": None, "data": None}]
    assert misfits == []


def test_a_row_that_does_not_fit_takes_no_other_with_it() -> None:
    wrong: list[Any] = [2, {"n": "1"}, {"tips": {"id": "a"}}, {"n": 1 << 70}]
    rows = [{"at": "1"}, {"at": wrong[0]}, *({"data": each} for each in wrong[1:]), {"at": "5"}]
    content, misfits = parquet(rows, COLUMNS)

    assert [row["at"] for row in rows_of(content)] == ["1", "5"]
    assert [position for position, _ in misfits] == [1, 2, 3, 4]
    assert all(why for _, why in misfits)


def test_of_many_rows_the_wrong_ones_are_named_by_their_place_among_all() -> None:
    rows: list[dict[str, Any]] = [{"at": str(n)} for n in range(1000)]
    rows[300] = rows[999] = {"at": 1}
    content, misfits = parquet(rows, COLUMNS)

    assert [position for position, _ in misfits] == [300, 999]
    assert [row["at"] for row in rows_of(content)] == [row["at"] for row in rows if row["at"] != 1]


def test_of_rows_that_all_do_not_fit_there_is_no_file() -> None:
    content, misfits = parquet([{"at": 1}], COLUMNS)

    assert content is None
    assert len(misfits) == 1
