"""What runs inside an environment of a broken service: plausible designs that are wrong, on the real adapter.

Started by path, like ``local/environment.py``, which it then runs.
"""

import os
import runpy
from pathlib import Path
from typing import Final

from tipbandit import codec
from tipbandit.adapters import dynamodb
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.codec import Snapshot
from tipbandit.features.schema import FeatureSet
from tipbandit.ports import Record

VARIABLE: Final = "TIPBANDIT_LOAD_FAULT"
"""Says what is broken: one of ``FAULTS``."""
FORGETS: Final = "forgets"
OVERWRITES: Final = "overwrites"
FAULTS: Final = (FORGETS, OVERWRITES)

_PROGRAM: Final = Path(__file__).resolve().parents[2] / "local/environment.py"
_decode: Final = codec.decode


def _forgetful(data: bytes, feature_set: FeatureSet) -> Snapshot:
    """Decode, and forget which decisions were rewarded: a version check alone."""
    snapshot = _decode(data, feature_set)
    return snapshot._replace(rewarded=()) if os.environ[VARIABLE] == FORGETS else snapshot


class OverwritingStore(DynamoStateStore):
    """Read, change, write: the last writer wins."""

    def replace(self, user_id: str, policy: str, *, old: Record, new: Record) -> None:
        """Write, whatever is there."""
        if os.environ[VARIABLE] == OVERWRITES:
            old = self.read(user_id, policy, consistent=True)
        super().replace(user_id, policy, old=old, new=new)


if __name__ == "__main__":
    codec.decode = _forgetful  # type: ignore[assignment]
    dynamodb.DynamoStateStore = OverwritingStore  # type: ignore[misc]  # before a function imports it
    runpy.run_path(str(_PROGRAM), run_name="__main__")
