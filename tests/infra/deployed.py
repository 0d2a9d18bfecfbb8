"""The template as CloudFormation gets it: transformed by SAM, conditions decided, parameters filled in."""

import re
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

ROOT: Final = Path(__file__).parents[2]
FUNCTIONS: Final = ("score", "reward", "stats", "reset", "generate")
JWT: Final = {"JwtIssuer": "https://issuer.example", "JwtAudience": "tipbandit"}
_DECISIONS: Final = frozenset({"Fn::And", "Fn::EachMemberEquals", "Fn::Equals", "Fn::Not"})

Tree = dict[str, Any]


def source() -> Tree:
    """The template as it is written, to be changed at will."""
    return deepcopy(_parsed())


@cache
def _parsed() -> Tree:
    """Read once: that takes longer than most tests that ask for it."""
    document: Tree = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    return document


def deployed(parameters: Mapping[str, str] = {}, *, document: Tree | None = None) -> Tree:
    """The resources that a deployment with ``parameters`` makes, by logical id; to be read only."""
    if document is None:
        return _as_written(tuple(sorted(parameters.items())))
    return _transformed(document, parameters)


@cache
def _as_written(parameters: tuple[tuple[str, str], ...]) -> Tree:
    """Made once: the transformation takes longer than the tests that look at it."""
    return _transformed(source(), dict(parameters))


def _transformed(document: Tree, parameters: Mapping[str, str]) -> Tree:
    for resource in document["Resources"].values():
        # `sam package` puts code into a bucket; only then does the transformation take it.
        for key in {"CodeUri", "ContentUri"} & set(resource["Properties"]):
            resource["Properties"][key] = f"s3://bucket/{resource['Properties'][key]}"
    values = _values(document, parameters)
    translator = Translator({}, Parser(), boto_session=_Region())
    decided = _Decided(document["Conditions"], values)
    resources = translator.translate(document, values)["Resources"]
    return {name: decided(it) for name, it in resources.items() if decided.holds(it.get("Condition"))}


def refused(parameters: Mapping[str, str]) -> list[str]:
    """What CloudFormation has against a deployment with ``parameters``: wrong values by name, rules by their words."""
    document = source()
    slots = {name: document["Parameters"][name] for name in parameters}
    wrong = [name for name, slot in slots.items() if not _allowed(slot, _value(slot["Type"], parameters[name]))]
    decided = _Decided({}, _values(document, parameters))
    rules = [it for it in document["Rules"].values() if decided(it["RuleCondition"])]
    broken = [it["AssertDescription"] for rule in rules for it in rule["Assertions"] if not decided(it["Assert"])]
    return wrong + broken


def _allowed(slot: Tree, value: str | list[str]) -> bool:
    parts = value if isinstance(value, list) else [value]
    in_range = slot["Type"] != "Number" or float(parts[0]) >= slot.get("MinValue", float("-inf"))
    fits = all(re.fullmatch(slot.get("AllowedPattern", ".*"), part) for part in parts)
    return in_range and fits and set(parts) <= set(map(str, slot.get("AllowedValues", parts)))


def of_type(resources: Tree, kind: str) -> Tree:
    """The properties of each resource of type ``kind``, by logical id."""
    return {name: it.get("Properties", {}) for name, it in resources.items() if it["Type"] == kind}


def _values(document: Tree, parameters: Mapping[str, str]) -> dict[str, str | list[str]]:
    return {
        name: _value(slot["Type"], parameters.get(name, str(slot.get("Default"))))
        for name, slot in document["Parameters"].items()
    }


def _value(kind: str, text: str) -> str | list[str]:
    return text.split(",") if kind == "CommaDelimitedList" else text


class _Region:
    """What the transformation asks of an SDK session."""

    region_name = "eu-central-1"


class _Nothing:
    """Stands for ``AWS::NoValue`` until its place is known."""


class _Decided:
    """Decides conditions and fills in parameters; references to resources stay."""

    def __init__(self, conditions: Tree, values: Mapping[str, str | list[str]]) -> None:
        self._conditions = conditions
        self._values = values

    def holds(self, condition: str | None) -> bool:
        return condition is None or self(self._conditions[condition]) is True

    def __call__(self, value: Any) -> Any:  # noqa: ANN401  a template is a tree of anything
        if isinstance(value, list):
            return [it for it in map(self, value) if not isinstance(it, _Nothing)]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in {"Ref", "Fn::If", "Fn::Join", "Fn::Sub"}:
                return self._value(name, argument)
            if name in _DECISIONS or (name == "Condition" and isinstance(argument, str)):
                return self._decision(name, argument)
        filled = {key: self(it) for key, it in value.items()}
        return {key: it for key, it in filled.items() if not isinstance(it, _Nothing)}

    def _value(self, name: str, argument: Any) -> Any:  # noqa: ANN401  see above
        if name == "Ref":
            return _Nothing() if argument == "AWS::NoValue" else self._values.get(argument, {"Ref": argument})
        if name == "Fn::If":
            return self(argument[1 if self.holds(argument[0]) else 2])
        if name == "Fn::Sub" and isinstance(argument, str):
            return {name: re.sub(r"\$\{(\w+)\}", lambda it: str(self._values.get(it[1], it[0])), argument)}
        argument = self(argument)
        if name == "Fn::Join" and all(isinstance(it, str) for it in argument[1]):
            return argument[0].join(argument[1])
        return {name: argument}

    def _decision(self, name: str, argument: Any) -> bool:  # noqa: ANN401  see above
        if name == "Condition":
            return self.holds(argument)
        decided = [self(it) for it in argument]
        if name == "Fn::Equals":
            return str(decided[0]) == str(decided[1])
        if name == "Fn::EachMemberEquals":
            return all(it == decided[1] for it in decided[0])
        return all(decided) if name == "Fn::And" else not all(decided)
