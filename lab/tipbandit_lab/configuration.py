"""What a run was made of, as JSON: the same parts are written the same way in every process."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from hashlib import sha256

from pydantic import BaseModel

from tipbandit.features.schema import FeatureSet


def described(value: object) -> object:
    """Return a value as JSON: data as it is, functions and classes by their names, a feature set by its features.

    Raises:
        TypeError: if it is something else; what cannot be written cannot be told from another.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): described(each) for key, each in value.items()}
    if isinstance(value, list | tuple | range):
        return [described(each) for each in value]
    return _described_object(value)


def fingerprint(configuration: object) -> str:
    """Return 16 hex digits that another configuration does not share."""
    text = json.dumps(configuration, sort_keys=True, allow_nan=False)
    return sha256(text.encode()).hexdigest()[:16]


def _described_object(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, FeatureSet):
        return {"name": value.name, "features": list(value.names)}
    if isinstance(value, partial):
        return {"call": described(value.func), "with": [described(value.args), described(value.keywords)]}
    if is_dataclass(value) and not isinstance(value, type):
        own = {each.name: described(getattr(value, each.name)) for each in fields(value)}
        return {"type": _name(type(value)), **own}
    if isinstance(value, type) or callable(value):
        return _name(value)
    raise TypeError(f"cannot say in a run's configuration what {value!r} is")


def _name(value: object) -> str:
    name: str = getattr(value, "__qualname__", "<unnamed>")
    if "<" in name:  # a lambda, or a local function: others have the same name
        raise TypeError(f"cannot say in a run's configuration what {value!r} is: it has no name of its own")
    return f"{value.__module__}.{name}"
