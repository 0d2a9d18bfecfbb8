"""Rows in the types of the Glue catalog, as Parquet."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

Row = Mapping[str, Any]

_TOKEN: Final = re.compile(r"\w+|[<>:,]")
_SCALARS: Final[Mapping[str, pa.DataType]] = {
    "string": pa.string(),
    "boolean": pa.bool_(),
    "bigint": pa.int64(),
    "double": pa.float64(),
}
_AT_ONCE: Final = 256
"""Rows that Arrow is given in one call: nothing else of this process runs meanwhile, the API's requests among it."""
_MISFITS: Final = (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError)


def schema(columns: Mapping[str, str]) -> pa.Schema:
    """Return the schema of columns with types of the Glue catalog.

    Raises:
        ValueError: a type is none, or none that is known here.
    """
    return pa.schema([(name, _parsed(text)) for name, text in columns.items()])


def parquet(rows: Sequence[Row], columns: pa.Schema) -> tuple[bytes | None, list[tuple[int, str]]]:
    """Return the rows that fit as the content of a Parquet file, and which of them (by position) do not, and why.

    A field that a row lacks is null, and one that no column is for is left out. Without a row there is no file.
    """
    tables: list[pa.Table] = []
    misfits: list[tuple[int, str]] = []
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        try:
            tables.append(pa.Table.from_pylist(some, columns))
        except _MISFITS:
            fitting, wrong = _one_by_one(some, columns)
            tables += fitting
            misfits += [(start + position, why) for position, why in wrong]
    if not tables:
        return None, misfits
    sink = pa.BufferOutputStream()
    pq.write_table(pa.concat_tables(tables), sink, compression="snappy")
    return sink.getvalue().to_pybytes(), misfits


def _one_by_one(rows: Sequence[Row], columns: pa.Schema) -> tuple[list[pa.Table], list[tuple[int, str]]]:
    tables, misfits = [], []
    for position, row in enumerate(rows):
        try:
            tables.append(pa.Table.from_pylist([row], columns))
        except _MISFITS as error:
            misfits.append((position, str(error)))
    return tables, misfits


def _parsed(text: str) -> pa.DataType:
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text:
        raise ValueError(f"not a type: {text}")
    left = iter([*tokens, ""])
    made, end = _type(next(left), left)
    if end:
        raise ValueError(f"not a type: {text}")
    return made


def _type(word: str, left: Iterator[str]) -> tuple[pa.DataType, str]:
    """Return the type that begins with `word`, and the token after it."""
    if word in _SCALARS:
        return _SCALARS[word], next(left, "")
    if word not in {"array", "struct"} or next(left, "") != "<":
        raise ValueError(f"no type of a column: {word or 'nothing'}")
    if word == "array":
        made, end = _type(next(left, ""), left)
        made = pa.list_(made)
    else:
        made, end = _struct(left)
    if end != ">":
        raise ValueError(f"a type ends with {end or 'nothing'} and not with >")
    return made, next(left, "")


def _struct(left: Iterator[str]) -> tuple[pa.DataType, str]:
    members, end = [], ","
    while end == ",":
        name = next(left, "")
        if next(left, "") != ":":
            raise ValueError(f"a member of a struct has no type: {name}")
        made, end = _type(next(left, ""), left)
        members.append((name, made))
    return pa.struct(members), end
