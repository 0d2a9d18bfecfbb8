"""``shared/contracts/openapi.json``: the API described, with examples that were recorded from it."""

from collections.abc import Mapping
from typing import Any, Final

from codegen import access
from codegen.description import TEXT
from codegen.refusals import refusal
from codegen.routes import MEANING, ROUTES, STATUS_BY_CODE, Route
from codegen.scenarios import Exchange, rounded, successes
from codegen.schemas import Schema, components
from tipbandit import __version__
from tipbandit.contracts.error import Code, ErrorResponse
from tipbandit.policies.registry import POLICIES
from tipbandit.runtime.refusals import RETRY_AFTER_S

_JSON: Final = "application/json"


def document() -> Schema:
    """Return the OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tipbandit",
            "version": __version__,
            "summary": "Learns, for each user on their own, which tip to show now.",
            "description": TEXT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": access.SERVERS,
        "security": [{name: []} for name in access.SCHEMES],
        "paths": {path: {route.method: _operation(route, path)} for route in ROUTES for path in route.paths},
        "components": {
            "schemas": {**components(_models()), access.MESSAGE["title"]: access.MESSAGE},
            "responses": {**_refusals(), **access.REFUSALS},
            "parameters": _parameters(),
            "headers": {"RetryAfter": _retry_after()},
            "securitySchemes": access.SCHEMES,
        },
    }


def _operation(route: Route, path: str) -> Schema:
    named = "{policy}" in path
    by = "ByPolicyVersion" if "{version}" in path else "ByPolicy" if named else ""
    exchanges = successes(route, path)
    parameters = [
        {"$ref": f"#/components/parameters/{name}"} for name in ("policy", "version") if f"{{{name}}}" in path
    ]
    if route.method == "get":
        parameters.append({"$ref": "#/components/parameters/user_id"})
    operation: Schema = {"operationId": route.name + by, "summary": route.summary, "description": route.description}
    if parameters:
        operation["parameters"] = parameters
    if route.method == "post":
        operation["requestBody"] = _request_body(route, exchanges)
    return {**operation, "responses": _responses(route, exchanges, named=named)}


def _request_body(route: Route, exchanges: Mapping[str, Exchange]) -> Schema:
    examples: Schema = {}
    for name, each in exchanges.items():
        if each.request not in [example["value"] for example in examples.values()]:
            examples[name] = {"summary": each.summary, "value": each.request}
    return {"required": True, "content": {_JSON: {"schema": _ref(route.request), "examples": examples}}}


def _responses(route: Route, exchanges: Mapping[str, Exchange], *, named: bool) -> Schema:
    examples = {name: {"summary": each.summary, "value": rounded(each.answer.body)} for name, each in exchanges.items()}
    codes = [code for code in route.codes if named or code != "unknown_policy"]
    statuses = sorted({str(STATUS_BY_CODE[code]) for code in codes})
    refusals = {status: {"$ref": f"#/components/responses/{route.name}.{status}"} for status in statuses}
    done = {
        "description": (route.response.__doc__ or "").strip(),
        "content": {_JSON: {"schema": _ref(route.response), "examples": examples}},
    }
    return {"200": done, **dict(sorted({**access.REFUSALS_BY_STATUS, **refusals}.items()))}


def _refusals() -> Schema:
    made: Schema = {}
    for route in ROUTES:
        for status in sorted({STATUS_BY_CODE[code] for code in route.codes}):
            codes = [code for code in route.codes if STATUS_BY_CODE[code] == status]
            made[f"{route.name}.{status}"] = _refusal(route, status, codes)
    return made


def _refusal(route: Route, status: int, codes: list[Code]) -> Schema:
    answers = {code: refusal(route, code) for code in codes}
    schema: Schema = {
        **_ref(ErrorResponse),
        "properties": {"error": {"properties": {"code": {"enum": codes}}}},
    }
    description = "; or ".join(f"`{code}`: {MEANING[code]}" for code in codes)
    if str(status) in access.REFUSALS_BY_STATUS:
        schema = {"anyOf": [schema, access.MESSAGE_REF]}
        description += ". Or API Gateway's throttling, without a code"
    examples = {code: {"summary": MEANING[code], "value": each.body} for code, each in answers.items()}
    response: Schema = {"description": description, "content": {_JSON: {"schema": schema, "examples": examples}}}
    if any("retry-after" in each.headers for each in answers.values()):
        response["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return response


def _models() -> list[Any]:
    requests = [(route.request, "validation") for route in ROUTES if route.method == "post"]
    return [*requests, *((route.response, "serialization") for route in ROUTES), (ErrorResponse, "serialization")]


def _ref(model: type) -> Schema:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _parameters() -> Schema:
    names, versions = (sorted(set(part)) for part in zip(*(key.split("/") for key in POLICIES), strict=True))
    user_id = components(_models())["ResetRequest"]["properties"]["user_id"]
    return {
        "policy": _path_parameter("policy", "Name of a registered policy.", names),
        "version": _path_parameter("version", "Its version; `v1` where the path names none.", versions),
        "user_id": {
            "name": "user_id",
            "in": "query",
            "required": True,
            "description": user_id["description"],
            "schema": {name: value for name, value in user_id.items() if name != "description"},
            "example": "user-17",
        },
    }


def _path_parameter(name: str, description: str, values: list[str]) -> Schema:
    examples = {each: {"value": each} for each in values}
    schema = {"type": "string", "minLength": 1}
    return {
        "name": name, "in": "path", "required": True, "description": description, "schema": schema,
        "examples": examples,
    }  # fmt: skip


def _retry_after() -> Schema:
    seconds = ", ".join(sorted(RETRY_AFTER_S.values(), key=int))
    description = f"Seconds to wait before trying again: {seconds} or, for `token_ceiling`, until 0:00 UTC."
    return {"description": description, "schema": {"type": "integer", "minimum": 1}}
