"""CloudWatch's filter patterns for log lines of JSON; of their grammar, as much as the template uses."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

Line = Mapping[str, Any]
_ATOM: Final = re.compile(r"\$\.([\w.]+)\s*(=|>=|IS TRUE)\s*(?:\"([^\"]+)\"|(\d+))?")


def takes(pattern: str, line: Line) -> bool:
    """Whether a pattern takes a log line.

    Raises:
        ValueError: the pattern has something in it that is not understood here.
    """
    inner = pattern.strip().removeprefix("{").removesuffix("}")
    if "&&" in inner and "||" in inner:
        raise ValueError(f"not understood, since what binds closer would matter: {pattern}")
    if left := re.sub(r"[()\s]|&&|\|\|", "", _ATOM.sub("", inner)):
        raise ValueError(f"not understood: {left}")
    holds = [_holds(line, *atom.groups()) for atom in _ATOM.finditer(inner)]
    return all(holds) if "&&" in inner else any(holds)


def _holds(line: Line, path: str, how: str, text: str | None, number: str | None) -> bool:
    value: Any = line
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if how == "IS TRUE":
        return value is True
    if text is not None:
        return isinstance(value, str) and fnmatchcase(value, text)  # of its wildcards CloudWatch has the asterisk
    if number is None:
        raise ValueError(f"not understood: {path} is compared with nothing")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and (value == int(number) if how == "=" else value >= int(number))
