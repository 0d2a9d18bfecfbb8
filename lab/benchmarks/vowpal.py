"""Vowpal Wabbit through both of its Python bindings, set up for the job of an epsilon-greedy policy of ours."""

import random
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import cycle
from typing import Any, Final

from tipbandit.policies.ridge import Array

ARGUMENTS: Final = ("--cb_explore_adf", "--epsilon", "0.1")
MODELS: Final = 20
"""How many users have one of their own, where each has."""
_FEW_WEIGHTS: Final = ("-b", "10")
"""2^10 instead of 2^18: a model a user would take 4 MB each."""

Piece = Callable[[], None]


def pieces(contexts: Sequence[Array], shared: int, reward: float) -> dict[str, Piece]:
    """Return what chooses one tip and learns its reward, by the binding's name; for those that are installed.

    Args:
        contexts: for each decision the candidates' features, shape (K, D).
        shared: how many of the first features are those of the request.
        reward: what is learned; a cost is its opposite.
    """
    lines = [_lines(x, shared) for x in contexts]
    made = {}
    for name, make in _BINDINGS.items():
        if name not in missing():
            made[f"{name}, one model"] = make(cycle(lines), -reward, 1, ())
            made[f"{name}, a model a user"] = make(cycle(lines), -reward, MODELS, _FEW_WEIGHTS)
    return made


def missing() -> list[str]:
    """Return the bindings that are not installed."""
    return [name for name in _BINDINGS if find_spec(name.replace("-", "_")) is None]


def _lines(x: Array, shared: int) -> list[str]:
    """Return a decision in the text format, which is what both read; it is written before the race."""
    request = "shared |r " + " ".join(f"{place}:{value:.6g}" for place, value in enumerate(x[0, :shared].tolist()))
    own = (
        "|c " + " ".join(f"{place}:{value:.6g}" for place, value in enumerate(row)) for row in x[:, shared:].tolist()
    )
    return [request, *own]


def _official(lines: Iterator[list[str]], cost: float, models: int, more: tuple[str, ...]) -> Piece:
    from vowpalwabbit import Workspace  # noqa: PLC0415  may be missing

    workspaces = cycle([Workspace(" ".join([*ARGUMENTS, *more, "--quiet"])) for _ in range(models)])

    def piece() -> None:
        workspace = next(workspaces)
        examples = workspace.parse(next(lines))  # once for both: the fastest way there is
        chances = workspace.predict(examples)
        place = _drawn(chances)
        examples[1 + place].set_label_string(f"0:{cost}:{chances[place]}")
        workspace.learn(examples)
        workspace.finish_example(examples)

    return piece


def _next(lines: Iterator[list[str]], cost: float, models: int, more: tuple[str, ...]) -> Piece:
    import vowpal_wabbit_next as vw  # noqa: PLC0415  may be missing

    made = [vw.Workspace([*ARGUMENTS, *more]) for _ in range(models)]
    workspaces: Iterator[tuple[Any, Any]] = cycle([(each, vw.TextFormatParser(each)) for each in made])

    def piece() -> None:
        workspace, parser = next(workspaces)
        examples = [parser.parse_line(line) for line in next(lines)]
        by_action = workspace.predict_one(examples)  # pairs of action and chance, the best first
        action, chance = by_action[_drawn([chance for _, chance in by_action])]
        examples[1 + action].set_label(vw.CBLabel(label=(0, cost, chance)))
        workspace.learn_one(examples)

    return piece


def _drawn(chances: Sequence[float]) -> int:
    (place,) = random.choices(range(len(chances)), chances)  # noqa: S311  no secret
    return place


_BINDINGS: Final = {"vowpalwabbit": _official, "vowpal-wabbit-next": _next}
