"""The part of the template that holds data, as a stack the emulator's CloudFormation can create.

Every expression in a function's settings becomes an output of that stack, so one engine resolves every
intrinsic, and the values the functions get are the values the resources have.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from local.template import STORAGE, Function, Template, TemplateError, Tree

_SUB_NAME: Final = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass(frozen=True, slots=True)
class Configured:
    """What one function is run with, every expression resolved."""

    timeout_s: float
    memory_mb: int
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StorageStack:
    """A CloudFormation template (`body`) and where each of its outputs belongs."""

    body: Tree
    parameters: Mapping[str, str]
    functions: tuple[Function, ...]

    def configured(self, outputs: Mapping[str, str]) -> dict[str, Configured]:
        """Each function's configuration, from the outputs the created stack has."""
        return {function.name: _configured(function, outputs) for function in self.functions}

    def outputs_for(self, variable: str) -> list[str]:
        """The outputs that hold what functions get as `variable`."""
        return [
            _output(function, variable)
            for function in self.functions
            if isinstance(function.environment.get(variable), dict)
        ]


def storage_stack(template: Template, parameters: Mapping[str, str]) -> StorageStack:
    """Reduce `template` to its storage and to what its functions are told about it.

    Raises:
        TemplateError: a function refers to something the local stack does not make, or a parameter has no value.
    """
    document = template.document
    resources = {
        name: _named(name, resource)
        for name, resource in document["Resources"].items()
        if resource.get("Type") in STORAGE
    }
    outputs = {key: {"Value": value} for function in template.functions for key, value in _expressions(function)}
    body: Tree = {
        "Parameters": document.get("Parameters") or {},
        "Mappings": document.get("Mappings") or {},
        "Conditions": document.get("Conditions") or {},
        "Resources": resources,
        "Outputs": outputs,
    }
    if unknown := sorted(set(parameters) - set(body["Parameters"])):
        raise TemplateError(f"the template has no parameter {unknown[0]!r}")
    _drop_unused_parameters(body, parameters)
    known = {*resources, *body["Parameters"]}
    for function in template.functions:
        _check_references(function, known)
    return StorageStack(body, dict(parameters), template.functions)


def _named(name: str, resource: Tree) -> Tree:
    """Name a resource that the template leaves unnamed after its logical id.

    ``sam local invoke`` resolves ``!Ref StateTable`` to ``StateTable``; with the same name here, a function
    run by it finds this stack's table without being told.
    """
    properties = dict(resource.get("Properties") or {})
    key = STORAGE[resource["Type"]]
    properties.setdefault(key, name.lower() if key == "BucketName" else name)
    return {**resource, "Properties": properties}


def _expressions(function: Function) -> Iterator[tuple[str, object]]:
    for group in (function.settings, function.environment):
        for name, value in group.items():
            if isinstance(value, dict):
                yield _output(function, name), value


def _output(function: Function, name: str) -> str:
    """An output's name may hold letters and digits only: two hex digits stand for any other character."""
    return function.name + "".join(c if c.isalnum() else f"x{ord(c):02x}" for c in f".{name}")


def _configured(function: Function, outputs: Mapping[str, str]) -> Configured:
    def resolved(name: str, value: object) -> str | None:
        if isinstance(value, dict):
            return outputs.get(_output(function, name))
        return str(value).lower() if isinstance(value, bool) else str(value)

    settings = {name: resolved(name, value) for name, value in function.settings.items()}
    values = ((name, resolved(name, value)) for name, value in function.environment.items())
    try:
        return Configured(
            timeout_s=float(settings["Timeout"] or ""),
            memory_mb=int(settings["MemorySize"] or ""),
            environment={name: value for name, value in values if value is not None},
        )
    except ValueError as error:
        raise TemplateError(f"{function.name}: Timeout and MemorySize must be numbers: {settings}") from error


def _drop_unused_parameters(body: Tree, given: Mapping[str, str]) -> None:
    """A parameter without a default matters only if storage or a function's settings use it."""
    used = set(_references([body["Conditions"], body["Resources"], body["Outputs"]]))
    body["Parameters"] = {name: slot for name, slot in body["Parameters"].items() if name in used | set(given)}
    for name, slot in body["Parameters"].items():
        if "Default" not in slot and name not in given:
            raise TemplateError(f"parameter {name} has no default: give --parameter {name}=VALUE")


def _check_references(function: Function, known: set[str]) -> None:
    for name, value in {**function.settings, **function.environment}.items():
        for reference in _references(value):
            if reference not in known and not reference.startswith("AWS::"):
                raise TemplateError(
                    f"{function.name}: {name} refers to {reference}, which is neither a parameter nor storage"
                )


def _references(value: object) -> Iterator[str]:
    """The names of parameters and resources an expression needs."""
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key == "Ref":
            yield str(inner)
        elif key == "Fn::GetAtt":
            yield str(inner[0])
        elif key == "Fn::Sub":
            text, mapping = inner if isinstance(inner, list) else (inner, {})
            names = {name.partition(".")[0] for name in _SUB_NAME.findall(text)}
            yield from sorted(names - set(mapping))
            yield from _references(mapping)
        else:
            yield from _references(inner)
