"""Reaction -> reward, in [-1, 1].

A tip that was done is worth most and one that was waved away least. A snoozed tip was the right tip at the wrong
time: it says nothing about the tip alone, so it is worth nothing. An ignored tip is a weak no.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REWARD_BY_REACTION: Final[Mapping[str, float]] = MappingProxyType(
    {"completed": 1.0, "snoozed": 0.0, "ignored": -0.25, "dismissed": -1.0}
)
