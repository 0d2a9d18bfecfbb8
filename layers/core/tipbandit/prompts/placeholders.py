"""Which fields of the context a template uses, and everything in it that a prompt may not do.

A template is walked as a syntax tree in which every name has the type of its field, so that a misspelt field is found
in a branch that no example reaches. Only what is listed here is allowed: output, ``if``, ``for``, comparisons and a few
filters. There are no calls, no arithmetic, no assignments, no other templates, no loops in loops, nothing that could
run for long.
"""

import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Union, get_args, get_origin

from jinja2 import nodes

from tipbandit.context.model import ContextModel, PromptContext

FILTERS: Final = frozenset({"length", "round"})
LOOP_FIELDS: Final[Mapping[str, type]] = {"index": int, "first": bool, "last": bool, "length": int}
MAX_DEPTH: Final = 32
"""How deep a template may be nested: to check, to compile and to run it takes stack."""
_TESTS: Final = frozenset({"none"})
_PASSED_THROUGH: Final = (
    nodes.Template, nodes.If, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand,
)  # fmt: skip

Kind = Any
"""The annotation of a field; None for what has no fields of its own."""
_LOOP: Final = "loop"


def is_too_deep(template: nodes.Template) -> bool:
    """Tell whether a template is nested more than ``MAX_DEPTH`` deep, without going as deep."""
    level: list[nodes.Node] = [template]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node.iter_child_nodes()]
    return bool(level)


def used(template: nodes.Template) -> frozenset[str]:
    """Return the fields of the context that a template names, known or not."""
    return frozenset(_free_names(template, frozenset()))


def problems(template: nodes.Template) -> list[str]:
    """Return everything that is wrong with a template, in its order, each once."""
    scope = {name: field.annotation for name, field in PromptContext.model_fields.items()}
    return list(dict.fromkeys(_problems(template, scope)))


def _free_names(node: nodes.Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, nodes.Name):
        if node.name not in bound:
            yield node.name
        return
    if isinstance(node, nodes.For):
        yield from _free_names(node.iter, bound)
        inner = bound | {_LOOP, *(name.name for name in node.target.find_all(nodes.Name)), _target(node)}
        for each in (*node.body, *([node.test] if node.test else [])):
            yield from _free_names(each, inner)
        for each in node.else_:
            yield from _free_names(each, bound)
        return
    for child in node.iter_child_nodes():
        yield from _free_names(child, bound)


def _problems(node: nodes.Node, scope: Mapping[str, Kind]) -> Iterator[str]:
    match node:
        case nodes.TemplateData() | nodes.Const():
            return
        case nodes.Name() | nodes.Getattr():
            yield from _wrong_path(node, scope)
        case nodes.For():
            yield from _wrong_loop(node, scope)
        case nodes.Output():
            for child in node.nodes:
                yield from _problems(child, scope)
                yield from _unprintable(child, scope)
        case nodes.Filter():
            yield from _misused("filter", node, FILTERS)
            yield from _all(node.iter_child_nodes(), scope)
        case nodes.Test():
            yield from _misused("test", node, _TESTS)
            yield from _all(node.iter_child_nodes(), scope)
        case _ if isinstance(node, _PASSED_THROUGH):
            yield from _all(node.iter_child_nodes(), scope)
        case _:
            yield f"{type(node).__name__.lower()} (line {node.lineno}) is not allowed in a prompt"


def _all(children: Iterable[nodes.Node], scope: Mapping[str, Kind]) -> Iterator[str]:
    for child in children:
        yield from _problems(child, scope)


def _misused(what: str, node: nodes.Filter | nodes.Test, allowed: Iterable[str]) -> Iterator[str]:
    if node.name not in allowed:
        yield f"the {what} {node.name} is not one of {_list(allowed)}"
    elif node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
        yield f"the {what} {node.name} takes no arguments in a prompt"


def _unprintable(node: nodes.Node, scope: Mapping[str, Kind]) -> Iterator[str]:
    """Yield what of an expression is neither text nor number, whatever the moment."""
    match node:
        case nodes.Name() | nodes.Getattr():
            kind = _kind(node, scope)
            if kind is bool or _fields(kind) or _element(kind) is not _Unknown:
                yield f"{_path(node)} is neither text nor number"
        case nodes.And() | nodes.Or():
            yield from [*_unprintable(node.left, scope), *_unprintable(node.right, scope)]
        case nodes.CondExpr(expr1=first, expr2=nodes.Expr() as second):
            yield from [*_unprintable(first, scope), *_unprintable(second, scope)]
        case nodes.CondExpr():
            yield f"the if in line {node.lineno} has no else"
        case nodes.Not() | nodes.Compare() | nodes.Test() | nodes.Const(value=None | True | False):
            yield f"{type(node).__name__.lower()} (line {node.lineno}) is neither text nor number"


def _wrong_loop(node: nodes.For, scope: Mapping[str, Kind]) -> Iterator[str]:
    wrong = list(_problems(node.iter, scope))
    yield from wrong
    if node.recursive or not isinstance(node.target, nodes.Name) or node.target.name == _LOOP:
        yield f"the loop in line {node.lineno} is not a plain one"
        return
    if _LOOP in scope:
        yield f"the loop in line {node.lineno} stands in another"
    element = _element(_kind(node.iter, scope))
    if element is _Unknown and not wrong:
        yield f"{_path(node.iter)} is no list to loop over"
    inner = {**scope, node.target.name: element}
    yield from _all([node.test] if node.test else [], inner)
    yield from _all(node.body, {**inner, _LOOP: _Loop})
    yield from _all(node.else_, scope)


def _wrong_path(node: nodes.Name | nodes.Getattr, scope: Mapping[str, Kind]) -> Iterator[str]:
    if isinstance(node, nodes.Name):
        if node.name not in scope:
            yield f"{node.name} is no field of the context"
        return
    if not isinstance(node.node, nodes.Name | nodes.Getattr):
        yield f"an attribute of an expression (line {node.lineno}) is not allowed in a prompt"
        return
    before = list(_wrong_path(node.node, scope))
    yield from before
    if not before and node.attr not in _fields(_kind(node.node, scope)):
        yield f"{_path(node)} is no field of the context"


class _Unknown:
    """The kind of what has no fields and no elements."""


class _Loop:
    """The kind of ``loop``."""


def _kind(node: nodes.Node, scope: Mapping[str, Kind]) -> Kind:
    if isinstance(node, nodes.Name):
        return scope.get(node.name, _Unknown)
    if isinstance(node, nodes.Getattr):
        return _fields(_kind(node.node, scope)).get(node.attr, _Unknown)
    return _Unknown


def _fields(kind: Kind) -> Mapping[str, Kind]:
    if kind is _Loop:
        return LOOP_FIELDS
    if isinstance(kind, type) and issubclass(kind, ContextModel):
        return {name: _required(field.annotation) for name, field in kind.model_fields.items()}
    return {}


def _required(annotation: Kind) -> Kind:
    """Return an annotation without its ``| None``."""
    if get_origin(annotation) in {Union, types.UnionType}:
        (annotation,) = (each for each in get_args(annotation) if each is not types.NoneType)
    return annotation


def _element(kind: Kind) -> Kind:
    origin: Any = get_origin(kind)
    return get_args(kind)[0] if origin is tuple else _Unknown


def _target(node: nodes.For) -> str:
    return node.target.name if isinstance(node.target, nodes.Name) else ""


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else type(node).__name__.lower()


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
