"""What `python -m local` and `python -m local.demo` share towards the person who runs them."""

import json
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Final

from rich.console import Console
from rich.highlighter import JSONHighlighter

from local.options import StartError
from local.template import TemplateError

REFUSED: Final = 2
"""Exit status when the stack cannot run; the reason is one line on standard error."""

_ENDS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WIDTH: Final = 100
_DIGITS: Final = 4
_TOKEN_LENGTH: Final = 60
_highlight = JSONHighlighter()


class Steps:
    """Prints each step of the start with the seconds it took."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = self._last = time.monotonic()
        self._open = False

    def next(self, step: str) -> None:
        """Say what happens now."""
        self.end()
        self._console.print(f"  {step} [dim]...[/]", end="")
        self._open = True

    def end(self) -> None:
        """The last step is done."""
        now = time.monotonic()
        if self._open:
            self._console.print(f" [dim]{now - self._last:.1f} s[/]")
        self._open, self._last = False, now

    @property
    def seconds(self) -> float:
        """Seconds since the first step."""
        return time.monotonic() - self._started


def guarded(console: Console, run: Callable[[], None]) -> int:
    """Run `run` and return the exit status: one clear line for whatever could be expected to go wrong.

    Ctrl-C, a hang-up and a polite kill all end `run` in order. What comes after the first changes nothing: the
    clean-up takes seconds at most, and half of one would lose what was learned.
    """
    before = {number: signal.signal(number, _stop) for number in _ENDS}
    try:
        run()
    except KeyboardInterrupt:
        console.print("\nstopped")
    except (StartError, TemplateError) as error:
        console.print()
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"tipbandit: {error}", markup=False)
        return REFUSED
    finally:
        # Not after a stop: one Ctrl-C too many must not spoil the last moments of the interpreter.
        for number, handler in before.items():
            if signal.getsignal(number) is _stop:
                signal.signal(number, handler)
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in _ENDS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def show_json(console: Console, value: object, indent: str = "    ") -> None:
    """Print JSON for reading: wide, numbers rounded, long tokens cut, but no sentences."""
    text = indent + _layout(_readable(value), indent)
    console.print(_highlight(text), soft_wrap=True)


def _readable(value: object) -> object:
    if isinstance(value, dict):
        return {key: _readable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_readable(inner) for inner in value]
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, str) and len(value) > _TOKEN_LENGTH and " " not in value:
        return f"{value[:24]}...{value[-8:]}"
    return value


def _layout(value: object, indent: str) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(flat) <= _WIDTH or not isinstance(value, dict | list):
        return flat
    inner = f"{indent}  "
    if isinstance(value, dict):
        rows = [f"{inner}{json.dumps(key)}: {_layout(item, inner)}" for key, item in value.items()]
    else:
        rows = [f"{inner}{_layout(item, inner)}" for item in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    return f"{start}\n" + ",\n".join(rows) + f"\n{indent}{end}"
