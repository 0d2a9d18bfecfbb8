"""The generated contracts, as a caller reads them: from the files."""

import json
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

ROOT: Final = Path(__file__).parents[2]
CONTRACTS: Final = ROOT / "shared" / "contracts"

Tree = dict[str, Any]


def contract(name: str) -> Tree:
    """Return a contract by its file name."""
    document: Tree = json.loads((CONTRACTS / name).read_text("utf-8"))
    return document


def resolved(document: Tree, value: Tree) -> Tree:
    """Return what ``value`` refers to, or ``value`` itself; whatever stands beside the reference is lost."""
    if "$ref" not in value:
        return value
    found = document
    for step in value["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def validator(document: Tree, schema: Tree) -> Any:  # noqa: ANN401  jsonschema has no types
    """Return a validator of a schema that refers to ``document``."""
    referred: Tree = {key: document[key] for key in ("components", "$defs") if key in document}
    return Draft202012Validator({**referred, **schema})


def problems(document: Tree, schema: Tree, instance: object) -> list[str]:
    """Return what a schema that refers to ``document`` finds wrong with an instance."""
    found = validator(document, schema).iter_errors(instance)
    return [f"{error.json_path}: {error.message}" for error in found]
