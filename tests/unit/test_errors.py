"""The error tree."""

import inspect
import re

from tipbandit import errors
from tipbandit.errors import InvalidFieldsError, TipbanditError, Violation


def test_the_tree_drawn_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"    ([│├└─ ]*)(\w+Error)\b", line):
            depth = len(match[1]) // 4
            path[depth:] = [match[2]]
            drawn[match[2]] = path[depth - 1] if depth else "Exception"
    classes = inspect.getmembers(errors, lambda it: inspect.isclass(it) and issubclass(it, Exception))
    assert drawn == {name: kind.__bases__[0].__name__ for name, kind in classes}


def test_each_error_is_one_sentence_in_its_docstring() -> None:
    kinds = [TipbanditError, *_below(TipbanditError)]
    assert all((kind.__doc__ or "").split("\n")[0].endswith(".") for kind in kinds)


def test_invalid_fields_name_every_one_of_them() -> None:
    violations = [Violation("context.hour", "is required"), Violation("user_id", "is too long")]
    error = InvalidFieldsError(violations)
    assert error.violations == tuple(violations)
    assert str(error) == "context.hour: is required; user_id: is too long"


def _below(kind: type[Exception]) -> list[type[Exception]]:
    return [each for child in kind.__subclasses__() for each in (child, *_below(child))]
