"""Moments to render prompts for: the body of a request to /generate, from a file, standard input or the sample here."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local.prompts.screen import PromptsError
from tipbandit.context.assemble import assemble
from tipbandit.context.model import PromptContext
from tipbandit.contracts.generate import GenerateRequest
from tipbandit.contracts.signals import Signals
from tipbandit.errors import InvalidRequestError
from tipbandit.runtime.http import Request

SAMPLE: Final = Path(__file__).with_name("sample.json")
STANDARD_INPUT: Final = "-"

_BARE: Final = {
    "open_tasks": [{"title": "Pay the rent"}],
    "calendar": {},
    "reactions": [{"reaction": "ignored"}],
    "notes": ["Likes to walk."],
}


def moment(path: str | None, n: int | None) -> PromptContext:
    """Return what a prompt may say of the moment in a request's body.

    Args:
        path: the file of the body, ``-`` for standard input; None takes the sample.
        n: how many tips; None leaves it to the body.

    Raises:
        PromptsError: if it cannot be read, or is no such body: every wrong field is named.
    """
    name = "standard input" if path == STANDARD_INPUT else path or SAMPLE.name
    try:
        request = Request({"body": _text(path)}, 0).json(GenerateRequest)
    except InvalidRequestError as error:
        raise PromptsError(f"{name}: {error}") from error
    except OSError as error:
        raise PromptsError(f"cannot read {name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PromptsError(f"{name} is not UTF-8") from error
    return assemble(request.signals, request.profile_features, n=n or request.n)


def everything() -> Mapping[str, PromptContext]:
    """Return moments that between them have every field known and every field absent, by what they are."""
    bare = Signals.model_validate(_BARE)
    return {
        "the sample": moment(None, None),
        "a moment of which nothing is known": assemble(Signals(), None, n=1),
        "entries without times and priorities": assemble(bare, None, n=1),
        "entries there is no room for": assemble(bare, None, n=1, room=0),
    }


def _text(path: str | None) -> str:
    if path == STANDARD_INPUT:
        return sys.stdin.buffer.read().decode()
    return (Path(path) if path is not None else SAMPLE).read_bytes().decode()
