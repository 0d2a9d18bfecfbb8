"""Old events as new ones: what a table's view selects from files with these columns.

Files are read by what columns they have, which their own schema says: a column that is not there is null, one of
another width is cast, and what the first version of a decision had as lists of structs becomes columns:

- ``candidates``: a list of structs became a struct of lists;
- ``ranking``, best first, became ``scores`` and ``propensities`` in the order of the candidates.
"""

from collections.abc import Mapping
from typing import Final, cast

import pyarrow as pa
from duckdb.sqltypes import DuckDBPyType

from tipbandit_lab.lake.errors import LakeError
from tipbandit_lab.lake.schema import EVENTS, struct_of

_SCALARS: Final[Mapping[pa.DataType, str]] = {
    pa.string(): "VARCHAR",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
    pa.bool_(): "BOOLEAN",
}
_NOT_SHOWN: Final = ("event", "schema_version")
_RENAMED: Final = {"profile_features": "profile"}
_FLATTENED: Final = "context"
_NARROWED: Final = {"weekday": "INTEGER"}
_FROM_RANKING: Final = {"scores": "score", "propensities": "propensity"}


def columns(table: str) -> dict[str, str]:
    """Return the columns of a table's view that come from its events, with their types."""
    found: dict[str, str] = {}
    for field in struct_of(EVENTS[table]):
        if field.name == _FLATTENED:
            found |= {each.name: _NARROWED.get(each.name, sql_type(each.type)) for each in field.type}
        elif field.name not in _NOT_SHOWN:
            found[_RENAMED.get(field.name, field.name)] = sql_type(field.type)
    return found


def selected(table: str, data: DuckDBPyType) -> dict[str, str]:
    """Return the expression of each of these columns, over rows whose ``data`` is of this type.

    Raises:
        LakeError: if the type cannot be read as the table's.
    """
    have = fields(data)
    found: dict[str, str] = {}
    for field in struct_of(EVENTS[table]):
        path = f"data.{quoted(field.name)}"
        if field.name == _FLATTENED:
            inner = fields(have.get(field.name))
            for each in field.type:
                narrow = _NARROWED.get(each.name, sql_type(each.type))
                value = converted(f"{path}.{quoted(each.name)}", inner.get(each.name), each.type)
                found[each.name] = f"CAST({value} AS {narrow})"
        elif field.name in _FROM_RANKING and field.name not in have and {"ranking", "candidates"} <= have.keys():
            found[field.name] = _from_ranking(_FROM_RANKING[field.name])
        elif field.name not in _NOT_SHOWN:
            found[_RENAMED.get(field.name, field.name)] = converted(path, have.get(field.name), field.type)
    return found


def converted(path: str, have: DuckDBPyType | None, want: pa.DataType) -> str:
    """Return an expression of a wanted type for a value of the type that files have (None: they have none)."""
    wanted = sql_type(want)
    if have is None:
        return f"CAST(NULL AS {wanted})"
    if str(have) == wanted:
        return path
    if pa.types.is_struct(want):
        return _columns_of(path, have, want) if have.id == "list" else _struct_of(path, have, want)
    if pa.types.is_list(want) and pa.types.is_struct(want.value_type):
        item = converted("item", _item(path, have), want.value_type)
        return f"list_transform({path}, lambda item: {item})"
    return f"CAST({path} AS {wanted})"


def fields(struct: DuckDBPyType | None) -> dict[str, DuckDBPyType]:
    """Return the types of a struct's fields; none of what is no struct."""
    return _children(struct) if struct is not None and struct.id == "struct" else {}


def sql_type(column: pa.DataType) -> str:
    """Return how DuckDB writes a type of the lake's schema."""
    if pa.types.is_struct(column):
        return f"STRUCT({', '.join(f'{quoted(each.name)} {sql_type(each.type)}' for each in column)})"
    if pa.types.is_list(column):
        return f"{sql_type(column.value_type)}[]"
    return _SCALARS[column]


def quoted(name: str) -> str:
    """Return a column's name as it stands in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _struct_of(path: str, have: DuckDBPyType, want: pa.DataType) -> str:
    if have.id != "struct":
        raise LakeError(f"{path} is {have}, where {sql_type(want)} is expected")
    inner = fields(have)
    packed = (
        f"{quoted(each.name)} := {converted(f'{path}.{quoted(each.name)}', inner.get(each.name), each.type)}"
        for each in want
    )
    return f"CASE WHEN {path} IS NOT NULL THEN struct_pack({', '.join(packed)}) END"


def _columns_of(path: str, have: DuckDBPyType, want: pa.DataType) -> str:
    """A list of structs as a struct of lists; null where no item has a value."""
    inner = fields(_item(path, have))
    packed = []
    for each in want:
        value = converted(f"item.{quoted(each.name)}", inner.get(each.name), each.type.value_type)
        listed = f"list_transform({path}, lambda item: {value})"
        packed.append(f"{quoted(each.name)} := CASE WHEN list_count({listed}) > 0 THEN {listed} END")
    return f"CASE WHEN {path} IS NOT NULL THEN struct_pack({', '.join(packed)}) END"


def _from_ranking(name: str) -> str:
    of_one = f"list_filter(data.ranking, lambda row: row.tip_id = tip.tip_id)[1].{name}"
    return f"list_transform(data.candidates, lambda tip: CAST({of_one} AS DOUBLE))"


def _item(path: str, have: DuckDBPyType) -> DuckDBPyType:
    if have.id != "list":
        raise LakeError(f"{path} is {have}, where a list is expected")
    return _children(have)["child"]


def _children(column: DuckDBPyType) -> dict[str, DuckDBPyType]:
    return dict(cast("list[tuple[str, DuckDBPyType]]", column.children))
