"""The tables of the lake, derived from the contracts of the events: a new field appears by itself.

A row is a log line cut to its envelope and its event, ``data``. All columns may be null, as a field is that an event's
version does not have. No column has a type of time: moments are text and milliseconds as they were logged, which
engines that differ about time zones and nanoseconds read alike.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

import pyarrow as pa
from pydantic import BaseModel

from tipbandit.contracts.events import DecisionEvent, RewardEvent
from tipbandit_recommender.sinks import ShadowSignal

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

EVENTS: Final[Mapping[str, type[BaseModel]]] = {
    "decisions": DecisionEvent,
    "rewards": RewardEvent,
    "shadows": ShadowSignal,
}
"""Table -> the contract of its events, in the version that is written now."""
VERSIONS: Final[Mapping[str, tuple[int, ...]]] = {"decisions": (1, 2), "rewards": (1, 2), "shadows": (1,)}
"""Table -> the versions that are read."""
ENVELOPE: Final = ("timestamp", "function_version", "correlation_id")
"""What is kept of a log line beside its event."""

_SCALARS: Final[Mapping[type, pa.DataType]] = {
    str: pa.string(),
    UUID: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
}


def table_schema(table: str) -> pa.Schema:
    """Return the columns of a table: the envelope, and the event as the struct ``data``."""
    return pa.schema([*((name, pa.string()) for name in ENVELOPE), ("data", struct_of(EVENTS[table]))])


def struct_of(contract: "type[BaseModel | DataclassInstance]") -> pa.StructType:
    """Return the struct of a contract's fields, in their order.

    Raises:
        TypeError: if a field is of a type that no column has; it is named.
    """
    columns = []
    for name, annotation in _annotations(contract):
        try:
            columns.append((name, arrow_type(annotation)))
        except TypeError as error:
            raise TypeError(f"{contract.__name__}.{name}: {error}") from None
    return pa.struct(columns)


def _annotations(contract: "type[BaseModel | DataclassInstance]") -> Iterator[tuple[str, Any]]:
    if issubclass(contract, BaseModel):
        yield from ((name, field.annotation) for name, field in contract.model_fields.items())
    else:
        yield from ((field.name, field.type) for field in fields(contract))


def arrow_type(annotation: Any) -> pa.DataType:  # noqa: ANN401 - annotations have no type in common
    """Return the type of the column of a field with this annotation.

    Raises:
        TypeError: if no column has it: a mapping, a union of two types.
    """
    kinds = set(_kinds(annotation)) - {NoneType}
    if len(kinds) != 1:
        raise TypeError(f"no column is of type {annotation}")
    kind = kinds.pop()
    if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, BaseModel)):
        return struct_of(kind)
    if (items := _items(kind)) is not None:
        return pa.list_(arrow_type(items))
    if kind not in _SCALARS:
        raise TypeError(f"no column is of type {annotation}")
    return _SCALARS[kind]


def _items(kind: Any) -> Any | None:  # noqa: ANN401 - see above
    """Return of what type the items of a list, or of a tuple of any length, are; None if it is neither."""
    match get_origin(kind), get_args(kind):
        case (origin, (item,)) if origin is list:
            return item
        case (origin, (item, others)) if origin is tuple and others is Ellipsis:
            return item
    return None


def _kinds(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - see above
    """Yield the types that a value of this annotation may have."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin in {Union, UnionType}:
        for each in get_args(annotation):
            yield from _kinds(each)
    elif origin is Literal:
        yield from map(type, get_args(annotation))
    else:
        yield annotation
