"""Which answers the published contract documents."""

import json
import math
from pathlib import Path
from typing import Any, Final

import httpx

from tipbandit.contracts.error import ErrorResponse

CONTRACT: Final = Path(__file__).parents[2] / "shared/contracts/openapi.json"
DOCUMENT: Final[dict[str, Any]] = json.loads(CONTRACT.read_text())
PARAMETERS: Final = ("{policy}", "{version}")
NOT_FOUND: Final = {"message": "Not Found"}
TOO_LARGE: Final = {"message": "Request Entity Too Large"}


def refusal_is_documented(method: str, path: str, answer: httpx.Response) -> bool:
    """Whether the contract has this refusal of this request: its status, its shape, its code."""
    assert answer.headers["content-type"] == "application/json"
    operation = _operation(method, path)
    if answer.status_code == httpx.codes.NOT_FOUND and operation is None:
        return bool(answer.json() == NOT_FOUND)
    if answer.json() == TOO_LARGE:
        return answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    error = ErrorResponse.model_validate_json(answer.content).error
    assert bool(error.details) == (error.code == "invalid_fields")
    return operation is not None and error.code in _codes(operation, answer.status_code)


def only_finite_numbers(text: str) -> Any:  # noqa: ANN401  any JSON
    """Return the JSON document; it may hold no number that is not finite, however it is written."""
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def _operation(method: str, path: str) -> dict[str, Any] | None:
    route, *named = path.partition("?")[0].removeprefix("/").split("/")
    if len(named) > len(PARAMETERS) or "" in named:
        return None
    template = "/".join(("", route, *PARAMETERS[: len(named)]))
    operation: dict[str, Any] | None = DOCUMENT["paths"].get(template, {}).get(method.lower())
    return operation


def _codes(operation: dict[str, Any], status: int) -> list[str]:
    """The codes documented for a status; none where the status itself is not."""
    reference = operation["responses"].get(str(status))
    if reference is None:
        return []
    response = DOCUMENT["components"]["responses"][reference["$ref"].rpartition("/")[2]]
    schema = response["content"]["application/json"]["schema"]
    alternatives = schema.get("anyOf", [schema])
    return [code for each in alternatives if "properties" in each for code in _enumerated(each)]


def _enumerated(schema: dict[str, Any]) -> list[str]:
    codes: list[str] = schema["properties"]["error"]["properties"]["code"]["enum"]
    return codes


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    assert math.isfinite(number), text
    return number
