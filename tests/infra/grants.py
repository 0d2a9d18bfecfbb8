"""What the template lets each function do, in the words of the recorder."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

from tests.infra.deployed import FUNCTIONS, deployed
from tests.infra.recorder import NAME, Action
from tests.support import cloud

GATEWAY_KEY: Final = "tipbandit-gateway-key"
PHYSICAL: Final = {
    "StateTable": cloud.TABLE,
    "TokenKey": cloud.SECRET_ID,
    "PromptBucket": cloud.PROMPT_BUCKET,
    "PriorBucket": cloud.PRIOR_BUCKET,
    "GatewayKey": GATEWAY_KEY,
    "AWS::StackName": "tipbandit",
}
"""What the resources are called where the functions are watched."""
RULES: Final = {"LlmBackend": "template"}
BEDROCK: Final = {"LlmBackend": "bedrock"}
GUARDED: Final = {**BEDROCK, "GuardrailId": "gr1abc", "GuardrailVersion": "2"}
GATEWAY: Final = {"LlmBackend": "litellm", "GatewayUrl": "https://gateway.example"}
DEPLOYMENTS: Final[list[tuple[str, dict[str, str]]]] = [
    *((name, {}) for name in FUNCTIONS),
    *(("generate", parameters) for parameters in (RULES, GUARDED, GATEWAY)),
]


def may(environment: Mapping[str, str], action: Action) -> bool:
    """Whether the function of an environment may take an action, by the role that its deployment gives it.

    In a deployment the role's table and the variable's are one.
    """
    does, resource = action
    known = PHYSICAL["StateTable"] if resource == environment["STATE_TABLE"] else resource
    return any(covers(grant, (does, known)) for grant in _role(environment[NAME], environment.get("LLM_BACKEND", "")))


@cache
def _role(name: str, backend: str) -> frozenset[Action]:
    return frozenset(granted(name, {**GATEWAY, "LlmBackend": backend} if backend else {}))


def statements(name: str, parameters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The statements of a function's role, in a deployment with ``parameters``."""
    resources = deployed(parameters)
    role = resources[f"{name.title()}Function"]["Properties"]["Role"]["Fn::GetAtt"][0]
    properties = resources[role]["Properties"]
    assert "ManagedPolicyArns" not in properties
    for policy in properties["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def granted(name: str, parameters: Mapping[str, str]) -> set[Action]:
    """What a function's role grants, but for logging."""
    return {
        (action, f"{resource}{_where(statement)}")
        for statement in statements(name, parameters)
        for action in statement["Action"]
        if not action.startswith("logs:")
        for resource in _named(statement["Resource"])
    }


def _where(statement: Mapping[str, Any]) -> str:
    """A statement's condition as the recorder writes it."""
    if "Condition" not in statement:
        return ""
    assert list(statement["Condition"]) == ["StringLikeIfExists"]
    return f" under {statement['Condition']['StringLikeIfExists']['s3:prefix']}"


def _named(resource: Any) -> list[str]:  # noqa: ANN401  a template is a tree of anything
    """What the recorder calls a statement's resources."""
    if isinstance(resource, list):
        return [name for each in resource for name in _named(each)]
    if isinstance(resource, str):
        return [resource.rpartition("/")[2]]
    ((how, what),) = resource.items()
    if how == "Fn::Sub":
        text = re.sub(r"\$\{(\w+)\.Arn\}", lambda it: PHYSICAL[it[1]], what)
        return _named(text) if text.startswith("arn:") else [text]
    return [PHYSICAL[what if how == "Ref" else what[0]]]


def covers(grant: Action, action: Action) -> bool:
    """Whether an action is one of those that are granted."""
    return grant[0] == action[0] and fnmatchcase(action[1], grant[1])
