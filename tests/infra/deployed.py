"""The template as CloudFormation gets it: transformed by SAM, conditions decided, parameters filled in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

ROOT: Final = Path(__file__).parents[2]
FUNCTIONS: Final = ("score", "reward", "stats", "reset")
JWT: Final = {"JwtIssuer": "https://issuer.example", "JwtAudience": "tipbandit"}

Tree = dict[str, Any]


def source() -> Tree:
    """The template as it is written."""
    document: Tree = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    return document


def deployed(parameters: Mapping[str, str] = {}, *, document: Tree | None = None) -> Tree:
    """The resources that a deployment with ``parameters`` makes, by logical id."""
    document = document or source()
    for resource in document["Resources"].values():
        # `sam package` puts code into a bucket; only then does the transformation take it.
        for key in {"CodeUri", "ContentUri"} & set(resource["Properties"]):
            resource["Properties"][key] = f"s3://bucket/{resource['Properties'][key]}"
    defaults = {name: str(slot.get("Default")) for name, slot in document["Parameters"].items()}
    values = {**defaults, **parameters}
    translator = Translator({}, Parser(), boto_session=_Region())
    decided = _Decided(document["Conditions"], values)
    resources = translator.translate(document, values)["Resources"]
    return {name: decided(it) for name, it in resources.items() if decided.holds(it.get("Condition"))}


def of_type(resources: Tree, kind: str) -> Tree:
    """The properties of each resource of type ``kind``, by logical id."""
    return {name: it.get("Properties", {}) for name, it in resources.items() if it["Type"] == kind}


class _Region:
    """What the transformation asks of an SDK session."""

    region_name = "eu-central-1"


class _Nothing:
    """Stands for ``AWS::NoValue`` until its place is known."""


class _Decided:
    """Decides conditions and fills in parameters; references to resources stay."""

    def __init__(self, conditions: Tree, values: Mapping[str, str]) -> None:
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
            if name in {"Ref", "Fn::If", "Fn::Not", "Fn::Equals"}:
                return self._intrinsic(name, argument)
        filled = {key: self(it) for key, it in value.items()}
        return {key: it for key, it in filled.items() if not isinstance(it, _Nothing)}

    def _intrinsic(self, name: str, argument: Any) -> Any:  # noqa: ANN401  see above
        if name == "Ref":
            return _Nothing() if argument == "AWS::NoValue" else self._values.get(argument, {"Ref": argument})
        if name == "Fn::If":
            return self(argument[1 if self.holds(argument[0]) else 2])
        if name == "Fn::Not":
            return not self(argument[0])
        left, right = map(self, argument)
        return str(left) == str(right)
