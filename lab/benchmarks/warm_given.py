"""What a benchmark may be told by variables of the environment, to try it: whole numbers."""

from collections.abc import Mapping, Sequence


def numbers(variables: Mapping[str, str], defaults: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """Return the positive whole numbers, separated by blanks, that variables hold; where they do not, the defaults.

    Raises:
        ValueError: naming every variable that holds something else.
    """
    texts = {name: variables.get(name, "").split() for name in defaults}
    if wrong := [name for name, words in texts.items() if not all(map(_is_positive, words))]:
        raise ValueError(f"must be positive whole numbers: {', '.join(wrong)}")
    return {name: [int(word) for word in texts[name]] or list(default) for name, default in defaults.items()}


def _is_positive(word: str) -> bool:
    return word.isascii() and word.isdecimal() and int(word) > 0
