"""The recorded events of ``events/``, and an answer to one in the words of ``events/expected.json``."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from local.environments import FunctionError
from tests.support.lambdas import Invocation

EVENTS: Final = Path(__file__).parents[2] / "events"
EXPECTED: Final[dict[str, dict[str, Any]]] = json.loads((EVENTS / "expected.json").read_text("utf-8"))
CASES: Final = sorted(path.relative_to(EVENTS).with_suffix("").as_posix() for path in EVENTS.glob("*/*.json"))
VARIABLES: Final[Mapping[str, str]] = json.loads((EVENTS / "env.json").read_text("utf-8"))["Parameters"]
"""What functions are told that are given recorded events."""


@cache
def recorded(case: str) -> dict[str, Any]:
    """Return an event."""
    event: dict[str, Any] = json.loads((EVENTS / f"{case}.json").read_text("utf-8"))
    return event


def expected(case: str) -> dict[str, Any]:
    """Return what is expected of the answer to an event; in no order, hence sorted."""
    return {name: sorted(it) if isinstance(it, list) else it for name, it in EXPECTED[case].items()}


def seen(answer: Invocation) -> dict[str, Any]:
    """Return the same of an answer."""
    found = {
        "status": answer.status,
        "code": answer.code,
        "fields": sorted(answer.wrong_fields),
        "policy": answer.body.get("policy"),
        "policies": sorted(answer.body.get("policies", [])),
        "prompt_version": answer.body.get("prompt_version"),
    }
    return {name: it for name, it in found.items() if it}


def report(cases: Sequence[str], invoke: Callable[[str], Invocation]) -> int:
    """Print a line for each case, and return how many were answered otherwise than expected."""
    wrong = [case for case in cases or CASES if not _is_as_expected(case, invoke)]
    _say(f"{len(cases or CASES)} events, {len(wrong)} answered otherwise than events/expected.json says")
    return len(wrong)


def _is_as_expected(case: str, invoke: Callable[[str], Invocation]) -> bool:
    try:
        answer = invoke(case)
    except FunctionError as error:
        _say(f"{case:36}no answer: {error} WRONG")
        return False
    right = seen(answer) == expected(case)
    _say(f"{case:36}{answer.status} {answer.code or ''}{'' if right else ' WRONG'}")
    return right


def _say(line: str) -> None:
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()
