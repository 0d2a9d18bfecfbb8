"""What must never stand in a log line: keys, tokens, texts, prompts, the environment. Looked for in all that is logged.

Ids are logged by contract: those of users, tips, decisions and prompt versions.
"""

import io
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from moto.secretsmanager.models import secretsmanager_backends

from tests.support import cloud
from tests.support.payload import ACCOUNT

VARIABLES: Final[Mapping[str, str]] = {"TIPBANDIT_TEST_CANARY": "canary-of-the-environment"}
"""Set for every function, and known to none: whoever logs it logs the environment."""
_IDS: Final = frozenset({"decision_id", "kind", "locale", "prompt_version", "reaction", "tip_id", "user_id"})
_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "x-amz-security-token"})
_CREDENTIALS: Final = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_MIN_CHARS: Final = 8
"""A shorter text may stand in a line by chance."""
_SENTENCE_CHARS: Final = 40


class LeakError(AssertionError):
    """A log line holds what none may hold."""


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """Yield what libraries log besides: Lambda writes that down too, from warnings upwards."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        yield heard
    finally:
        logging.getLogger().removeHandler(handler)


def look(given: Mapping[str, Any], result: Mapping[str, Any], logged: str) -> None:
    """Look through what was logged while an event was answered with a result.

    Raises:
        LeakError: if there is something; says of what kind, and shows where.
    """
    lines = [_plain(line) for line in logged.splitlines()]
    for kind, text in _canaries(given, result):
        needle = json.dumps(text, ensure_ascii=False)[1:-1]
        if found := [line for line in lines if len(text) >= _MIN_CHARS and needle in line]:
            raise LeakError(f"logged {kind}: {found[0]}")


def _plain(line: str) -> str:
    """A line without the escapes that would hide a text."""
    try:
        return json.dumps(json.loads(line), ensure_ascii=False)
    except ValueError:
        return line


def _canaries(given: Mapping[str, Any], result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from (("the environment", value) for value in VARIABLES.values())
    yield from (
        ("the credentials", cloud.ENVIRONMENT[f"AWS_{name}"]) for name in ("SECRET_ACCESS_KEY", "SESSION_TOKEN")
    )
    yield from (("a secret", text) for text in _secrets())
    yield from (("a prompt", sentence) for sentence in sentences())
    yield from (("a header", text) for name, text in given.get("headers", {}).items() if name in _SECRET_HEADERS)
    for what, message in (("a caller's text", given), ("an answer's text", result)):
        for name, text in _texts(message.get("body")):
            if name == "decision":
                yield "a token's signature", text.rpartition(".")[2]
            elif name not in _IDS and (name == "text" or message is given):
                yield what, text


def _secrets() -> Iterator[str]:
    """What is in the emulated Secrets Manager now, whole and in parts."""
    for secret in secretsmanager_backends[ACCOUNT][cloud.REGION].secrets.values():
        for version in secret.versions.values():
            text = version.get("secret_string") or ""
            yield text
            yield from (part for _, part in _texts(text))


def _texts(body: str | None) -> Iterator[tuple[str, str]]:
    """The texts in a JSON body, each with the name of its field; none of what is no JSON."""
    try:
        yield from _leaves("", json.loads(body or "null"))
    except (ValueError, RecursionError):
        return


def _leaves(name: str, tree: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  any JSON
    match tree:
        case str():
            yield name, tree
        case list():
            for each in tree:
                yield from _leaves(name, each)
        case dict():
            for key, each in tree.items():
                yield from _leaves(key, each)


@cache
def sentences() -> tuple[str, ...]:
    """Lines of the shipped prompts, as far as they say the same to everybody."""
    lines = (line.strip() for raw in cloud.prompts().values() for line in raw.decode().splitlines())
    return tuple({line: None for line in lines if len(line) >= _SENTENCE_CHARS and "{" not in line})
