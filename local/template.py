"""What ``template.yaml`` says: functions, routes and storage, with nothing kept in a second list.

Intrinsic functions (``!Ref``, ``!Sub``, ``!If`` ...) stay expressions here. They are resolved by the
emulator's own CloudFormation, to which `Template.storage` hands the storage resources and one output per
expression a function's settings hold.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

Tree = dict[str, Any]
"""A mapping as YAML gives it."""

STORAGE: Final = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SecretsManager::Secret": "Name",
}
"""The resource types the local stack creates, and the property that names one."""

LAMBDA_TIMEOUT_S: Final = 3
LAMBDA_MEMORY_MB: Final = 128


class TemplateError(Exception):
    """The template cannot be run; the message is one line for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the HTTP API."""

    method: str
    path: str
    function: str

    @property
    def key(self) -> str:
        """The route as API Gateway writes it, ``POST /score/{policy}``."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function; `settings` and `environment` may still hold intrinsic functions."""

    name: str
    code: Path
    layers: tuple[Path, ...]
    handler: str
    settings: Mapping[str, object]
    environment: Mapping[str, object]
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template, read and checked."""

    document: Tree
    functions: tuple[Function, ...]

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every function's routes."""
        return tuple(route for function in self.functions for route in function.routes)


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short tags as the long form: ``!Sub x`` is ``{"Fn::Sub": x}``."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> Tree:
    if isinstance(node, yaml.ScalarNode):
        value: object = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)


def read(path: Path) -> Template:
    """Read the template at `path`.

    Raises:
        TemplateError: it cannot be read, or names code that is not there.
    """
    try:
        document = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506  (a SafeLoader)
    except OSError as error:
        raise TemplateError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TemplateError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    resources = document.get("Resources") if isinstance(document, dict) else None
    if not isinstance(resources, dict) or not all(isinstance(it, dict) for it in resources.values()):
        raise TemplateError(f"{path}: no Resources")
    functions = tuple(
        _function(name, document, path.resolve().parent)
        for name, resource in resources.items()
        if resource.get("Type") == "AWS::Serverless::Function"
    )
    template = Template(document, functions)
    _check(template, path)
    return template


def _check(template: Template, path: Path) -> None:
    if not template.routes:
        raise TemplateError(f"{path}: no function has an event of Type HttpApi, so there is nothing to serve")
    owners: dict[str, str] = {}
    for route in template.routes:
        other = owners.setdefault(route.key, route.function)
        if other != route.function:
            raise TemplateError(f"{path}: route {route.key} belongs to both {other} and {route.function}")


def _function(name: str, document: Tree, base: Path) -> Function:
    own = document["Resources"][name].get("Properties") or {}
    shared = (document.get("Globals") or {}).get("Function") or {}
    properties = {**shared, **own}
    code = _directory(name, "CodeUri", properties.get("CodeUri"), base)
    handler = properties.get("Handler")
    if not isinstance(handler, str) or not (code / f"{handler.rpartition('.')[0].replace('.', '/')}.py").is_file():
        raise TemplateError(f"{name}: Handler {handler!r} names no module in {properties['CodeUri']}")
    layers = [*(shared.get("Layers") or []), *(own.get("Layers") or [])]
    return Function(
        name=name,
        code=code,
        layers=tuple(path for layer in layers for path in _layer(layer, document, base)),
        handler=handler,
        settings={
            "Timeout": properties.get("Timeout", LAMBDA_TIMEOUT_S),
            "MemorySize": properties.get("MemorySize", LAMBDA_MEMORY_MB),
        },
        environment={**_variables(shared), **_variables(own)},
        routes=tuple(_routes(name, own.get("Events") or {})),
    )


def _directory(name: str, key: str, value: object, base: Path) -> Path:
    if not isinstance(value, str) or not (base / value).is_dir():
        raise TemplateError(f"{name}: {key} {value!r} is not a directory")
    return base / value


def _layer(layer: object, document: Tree, base: Path) -> Iterator[Path]:
    """The directory a layer puts on /opt/python, if the layer is built from this repository."""
    name = layer.get("Ref") if isinstance(layer, dict) else None
    resource = document["Resources"].get(name) or {}
    if resource.get("Type") == "AWS::Serverless::LayerVersion":
        yield _directory(str(name), "ContentUri", resource.get("Properties", {}).get("ContentUri"), base)


def _variables(properties: Tree) -> Tree:
    variables: Tree = (properties.get("Environment") or {}).get("Variables") or {}
    return variables


def _routes(function: str, events: Tree) -> Iterator[Route]:
    for name, event in events.items():
        if event.get("Type") != "HttpApi":
            continue
        properties = event.get("Properties") or {}
        method, path = properties.get("Method", "ANY"), properties.get("Path", "$default")
        if not isinstance(method, str) or not isinstance(path, str):
            raise TemplateError(f"{function}: event {name} needs a literal Method and Path")
        yield Route(method.upper(), path, function)
