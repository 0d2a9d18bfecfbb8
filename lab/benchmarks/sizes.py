"""What is stored and what travels: bytes of a state, of its item and of a token, and what DynamoDB bills for them."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from benchmarks.tables import Report
from tipbandit import codec
from tipbandit.adapters.dynamodb import DynamoStateStore
from tipbandit.codec import Snapshot
from tipbandit.decisions import Decision, KeyRing, to_token
from tipbandit.features.schema import FeatureSet
from tipbandit.ids import ENTROPY_BYTES, uuid7
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import ABSENT, Record
from tipbandit.usecases.learning import MAX_REMEMBERED

WRITE_UNIT: Final = 1024
_NOW_MS: Final = 1_790_000_000_000
_USER: Final = str(uuid.UUID(int=1))
_TIP: Final = "tip-" + "0" * 16
_RING: Final = KeyRing("k1", {"k1": "k" * 64})
_DIGITS_A_BYTE: Final = 2

_REMARKS: Final = f"""\
- *item*: the whole item the store puts, by DynamoDB's sizing rules: names and strings in UTF-8, a number one byte for
  every two digits and one more, binary as it is. User ids of {len(_USER)} characters, tip ids of {len(_TIP)}.
- *id*: a decision rewarded within the reward window; a state holds at most {MAX_REMEMBERED}.
- /score reads one item (half a read unit per 4 KB); /reward reads it (one per 4 KB) and writes it.
"""

Progress = Callable[[str], None]


def run(progress: Progress) -> Report:
    """Measure one policy of each feature set."""
    progress("sizes")
    by_set = {policy.feature_set.name: policy for policy in POLICIES.values()}
    rows, ratios = [], {}
    for policy in by_set.values():
        features = policy.feature_set
        blob, item = _blob(features, 0), _item(features, policy.key, 0)
        each = len(_blob(features, 1)) - len(blob)
        ratios[f"item, D={features.dim} / 1 KB"] = item / WRITE_UNIT
        ratios[f"token, D={features.dim} / 1 KB"] = len(_token(features, policy.key)) / WRITE_UNIT
        rows.append(
            [
                f"{features.name}, D={features.dim}",
                str(len(blob)),
                str(item),
                str(_units(item)),
                str(each),
                str((WRITE_UNIT - item) // each),
                str(_units(_item(features, policy.key, 100))),
                f"{_units(_item(features, policy.key, MAX_REMEMBERED))}",
                str(len(_token(features, policy.key))),
            ]
        )
    head = ["", "state", "item", "write units", "each id", "ids in 1 unit", "units, 100 ids", "units, 4096", "token"]
    return Report("Sizes: bytes, and DynamoDB's write units", head, rows, _REMARKS, ratios)


def _blob(features: FeatureSet, remembered: int) -> bytes:
    ids = tuple(uuid7(_NOW_MS, number.to_bytes(ENTROPY_BYTES, "big")) for number in range(remembered))
    return codec.encode(Snapshot(codec.empty(features).state, ids), features)


class _Recorder:
    """Takes the place of the SDK's client and keeps the item it was given."""

    item: Mapping[str, Mapping[str, Any]]

    def put_item(self, **call: Any) -> None:  # noqa: ANN401  as boto3's
        self.item = call["Item"]


def _item(features: FeatureSet, policy: str, remembered: int) -> int:
    new = Record(_blob(features, remembered), ver=max(1, remembered), epoch=_NOW_MS, updated_at_ms=_NOW_MS)
    return item_bytes(new, policy)


def item_bytes(record: Record, policy: str) -> int:
    """Return the size of the item that the store puts for a record of a policy's state."""
    client = _Recorder()
    DynamoStateStore("table", client).replace(_USER, policy, old=ABSENT, new=record)
    return sum(len(name) + _value_bytes(value) for name, value in client.item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        return -(-len(content) // _DIGITS_A_BYTE) + 1
    return len(content)


def _units(size: int) -> int:
    return -(-size // WRITE_UNIT)


def _token(features: FeatureSet, policy: str) -> str:
    decision = Decision(
        decision_id=uuid7(_NOW_MS, bytes(ENTROPY_BYTES)),
        user_id=_USER,
        policy=policy,
        epoch=_NOW_MS,
        tip_id=_TIP,
        prompt_version="v1",
        propensity=0.5,
        x=np.zeros(features.dim),
    )
    return to_token(decision, _RING)
