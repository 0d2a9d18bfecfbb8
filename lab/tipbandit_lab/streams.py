"""Random numbers by name: a counter-based generator a purpose, so that any moment can be drawn without those before it.

Philox (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011) maps a key and a counter of
256 bits to numbers. The key says which cohort, the upper half of the counter which stream and which place in it; the
lower half is left to the numbers themselves.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal

import numpy as np
from numpy.random import Generator, Philox

Stream = Literal["users", "days", "moments", "past"]

_PLACES: Final[dict[Stream, int]] = {"users": 0, "days": 1, "moments": 2, "past": 3}
_WORD: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class Streams:
    """The streams of one cohort: those of another seed, persona or block have nothing in common with them."""

    persona: str
    seed: int
    block: int

    def at(self, stream: Stream, number: int = 0) -> Generator:
        """Return the generator at the ``number``-th place (it may be negative) of a stream."""
        counter = np.array([0, 0, _PLACES[stream], number % _WORD], dtype=np.uint64)
        return Generator(Philox(key=self._key(), counter=counter))

    def _key(self) -> int:
        name = f"{self.persona}\n{self.seed}\n{self.block}".encode()
        return int.from_bytes(blake2b(name, digest_size=16, person=b"tipbandit-lab").digest(), "little")
