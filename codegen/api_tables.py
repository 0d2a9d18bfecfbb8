"""The tables and examples of ``docs/api.md``."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from codegen import description
from codegen.routes import MEANING, ROUTES, STATUS_BY_CODE
from codegen.scenarios import rounded, successes
from tipbandit.contracts.error import Code
from tipbandit.runtime.refusals import RETRY_AFTER_S

_WIDTH: Final = 110
_RETRY_AFTER: Final[Mapping[Code, str]] = {"token_ceiling": "; `Retry-After`: the seconds until then"}


def routes() -> str:
    """Return the table of routes."""
    lines = ["| route | what for |", "|---|---|"]
    for route in ROUTES:
        paths = " · ".join(f"`{path}`" for path in route.paths)
        lines.append(f"| `{route.method.upper()}` {paths} | {route.summary} |")
    return "\n".join([*lines, ""])


def errors() -> str:
    """Return the table of error codes."""
    lines = ["| status | `code` | where | what it means |", "|---|---|---|---|"]
    for code in sorted(MEANING, key=lambda code: (STATUS_BY_CODE[code], code)):
        status = STATUS_BY_CODE[code]
        lines.append(f"| {status} | `{code}` | {_where(code)} | {MEANING[code]}{_retry_after(code)} |")
    return "\n".join([*lines, ""])


def _retry_after(code: Code) -> str:
    seconds = RETRY_AFTER_S.get(STATUS_BY_CODE[code])
    return _RETRY_AFTER.get(code, f"; `Retry-After: {seconds}`" if seconds else "")


def _where(code: Code) -> str:
    names = [route.name for route in ROUTES if code in route.codes]
    return "everywhere" if len(names) == len(ROUTES) else ", ".join(names)


def _example(path: str, case: str) -> Callable[[], str]:
    """Return what renders one recorded exchange on a concrete path."""

    def make() -> str:
        (route,) = (each for each in ROUTES if path.split("/")[1] == each.name)
        exchange = successes(route, path)[case]
        if route.method == "get":
            query = "&".join(f"{name}={value}" for name, value in exchange.request.items())
            asked = f"`GET {path}?{query}`\n"
        else:
            asked = f"`POST {path}`\n\n{_fenced(exchange.request)}"
        return f"\n{asked}\n{exchange.answer.status}\n\n{_fenced(rounded(exchange.answer.body))}\n"

    return make


def _fenced(value: Any) -> str:  # noqa: ANN401  a JSON tree
    return f"```json\n{compact(value)}\n```\n"


def compact(value: Any, indent: int = 0) -> str:  # noqa: ANN401  a JSON tree
    """Return JSON in which whatever fits on one line stands on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= _WIDTH or not value or not isinstance(value, dict | list):
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{inner}{json.dumps(name)}: {compact(each, indent + 2)}" for name, each in value.items()]
        opening, closing = "{", "}"
    else:
        parts = [inner + compact(each, indent + 2) for each in value]
        opening, closing = "[", "]"
    return f"{opening}\n" + ",\n".join(parts) + f"\n{' ' * indent}{closing}"


BLOCKS: Final[Mapping[str, Callable[[], str]]] = {
    "routes": routes,
    "generate": _example("/generate", "written"),
    "prompts": description.prompts,
    "policies": description.policies,
    "score": _example("/score", "decided"),
    "reactions": description.reactions,
    "reward": _example("/reward", "reaction"),
    "stats": _example("/stats/linucb", "learned"),
    "reset": _example("/reset", "cleared"),
    "limits": description.limits,
    "errors": errors,
}
