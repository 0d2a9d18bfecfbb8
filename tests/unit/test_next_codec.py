"""The codec after this one: it must read what this one wrote, and decide from it as if nothing had changed.

It is played by version ``VERSION + 1``, which keeps the same numbers in another order, compressed. It reads what this
codec wrote by this codec's own decoder, and writes everything back as its own.
"""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.strategies import snapshots
from tests.unit.wire import score_body
from tipbandit import codec
from tipbandit.adapters.memory import FixedKeys, ManualClock, MemoryStateStore, MemoryTelemetry
from tipbandit.codec import Decoder, Snapshot
from tipbandit.contracts.events import DecisionEvent
from tipbandit.contracts.reward import RewardRequest
from tipbandit.contracts.score import ScoreRequest
from tipbandit.decisions import KeyRing
from tipbandit.errors import StateCorruptError, StateDamagedError
from tipbandit.features.encode import encode_columns as features
from tipbandit.features.schema import FEATURE_SETS, FeatureSet
from tipbandit.policies.policy import choose, learn
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import State
from tipbandit.usecases.learning import Learner
from tipbandit.usecases.reward import Reward
from tipbandit.usecases.score import Score

NEXT: Final = codec.VERSION + 1
_GOLDEN: Final = Path(__file__).parents[2] / "shared" / "golden"
_KEYS: Final = FixedKeys(KeyRing("k1", {"k1": "x" * 32}))
_HEAD: Final = struct.Struct("<B4sQdI")


def _next_encode(snapshot: Snapshot, feature_set: FeatureSet) -> bytes:
    state, ids = snapshot.state, snapshot.rewarded
    head = _HEAD.pack(NEXT, feature_set.fingerprint(), state.n, state.reward_sum, len(ids))
    numbers = state.b.tobytes() + state.gram[np.tril_indices(feature_set.dim)].tobytes()
    body = head + zlib.compress(b"".join(each.bytes for each in ids) + numbers)
    return body + struct.pack("<I", zlib.crc32(body))


def _next_decoder(body: bytes, feature_set: FeatureSet) -> Snapshot:
    dim = feature_set.dim
    _, fingerprint, n, reward_sum, remembered = _HEAD.unpack_from(body)
    if fingerprint != feature_set.fingerprint():
        raise StateCorruptError("learned with another feature set")
    raw = zlib.decompress(body[_HEAD.size :])
    ids_end = 16 * remembered
    numbers = np.frombuffer(raw, offset=ids_end)
    gram = np.zeros((dim, dim))
    gram[np.tril_indices(dim)] = numbers[dim:]
    gram = np.tril(gram) + np.tril(gram, -1).T
    rewarded = tuple(UUID(bytes=raw[at : at + 16]) for at in range(0, ids_end, 16))
    return Snapshot(State(gram, numbers[:dim].copy(), n, reward_sum), rewarded)


_DECODERS: Final[Mapping[int, Decoder]] = MappingProxyType({**codec.DECODERS, NEXT: _next_decoder})


def _moved(blob: bytes, feature_set: FeatureSet) -> Snapshot:
    """What is known of a user after the next codec has read what is stored, written it its own way and read that."""
    once = codec.decode(blob, feature_set, _DECODERS)
    return codec.decode(_next_encode(once, feature_set), feature_set, _DECODERS)


@pytest.mark.parametrize("feature_set", FEATURE_SETS.values(), ids=FEATURE_SETS)
@given(data=st.data())
def test_the_next_codec_reads_what_this_one_wrote_to_the_last_bit(feature_set: FeatureSet, data: st.DataObject) -> None:
    blob = codec.encode(data.draw(snapshots(feature_set.dim)), feature_set)
    assert codec.encode(_moved(blob, feature_set), feature_set) == blob


@pytest.mark.parametrize("path", sorted(_GOLDEN.glob("state-v*.bin")), ids=lambda path: path.stem)
def test_the_next_codec_reads_every_state_ever_written(path: Path) -> None:
    (feature_set,) = (
        each for each in (FEATURE_SETS["base"], FEATURE_SETS["base+profile"]) if f"d{each.dim}" in path.stem
    )
    read = codec.decode(path.read_bytes(), feature_set)
    assert codec.encode(_moved(path.read_bytes(), feature_set), feature_set) == codec.encode(read, feature_set)


@pytest.mark.parametrize("key", POLICIES)
def test_a_logged_decision_replays_to_the_last_bit_by_the_next_codec(key: str) -> None:
    """Twenty rewards are stored by this codec; a decision is logged; the next codec replays it from the old bytes."""
    policy, store, clock, telemetry = POLICIES[key], MemoryStateStore(), ManualClock(), MemoryTelemetry()
    tips = [{"tip_id": f"t{index}", "priority": index / 4, "age_hours": 10 * index} for index in range(5)]
    request = ScoreRequest.model_validate(score_body(candidates=tips, profile_features={"completion_rate": 0.3}))
    score = Score(store=store, keys=_KEYS, clock=clock, telemetry=telemetry)
    reward = Reward(learner=Learner(store, clock, 86_400_000), keys=_KEYS, clock=clock, telemetry=telemetry)
    for step in range(20):
        sent = RewardRequest(decision=score(policy, request).decision, reward=1.0 if step % 3 else -0.25)
        reward(None, sent, within_s=1.0)
    blob = store.read("user-1", key, consistent=True).blob
    assert blob is not None
    score(policy, request)
    event = DecisionEvent.model_validate_json(telemetry.events[-1].model_dump_json())

    x = features(policy.feature_set, event.context, event.candidates, event.profile_features)
    moved = _moved(blob, policy.feature_set)
    choice = choose(policy, moved.state, x, event.decision_id.bytes)
    assert event.candidates.tip_id[choice.index] == event.tip_id
    assert (choice.propensity, choice.explored) == (event.propensity, event.explored)
    assert tuple(choice.scores.tolist()) == event.scores


@pytest.mark.parametrize("key", POLICIES)
def test_a_user_who_was_moved_goes_on_learning_as_if_nothing_had_happened(key: str) -> None:
    policy = POLICIES[key]
    dim, rng = policy.feature_set.dim, np.random.default_rng(7)
    stays = moves = codec.empty(policy.feature_set)
    for _ in range(50):
        x, r = rng.uniform(-1, 1, dim), rng.uniform(-1, 1)
        stays = Snapshot(learn(policy, stays.state, x, r), stays.rewarded)
        moves = Snapshot(learn(policy, moves.state, x, r), moves.rewarded)
        stays = codec.decode(codec.encode(stays, policy.feature_set), policy.feature_set)
        moves = _moved(codec.encode(moves, policy.feature_set), policy.feature_set)
    assert codec.encode(moves, policy.feature_set) == codec.encode(stays, policy.feature_set)


def test_this_codec_says_of_the_next_one_s_bytes_that_it_does_not_know_them_and_leaves_them_whole() -> None:
    """A rollback must not set aside, as damaged, what the next version wrote meanwhile."""
    feature_set = FEATURE_SETS["base"]
    with pytest.raises(StateCorruptError, match=f"codec version {NEXT}; known") as refusal:
        codec.decode(_next_encode(codec.empty(feature_set), feature_set), feature_set)
    assert not isinstance(refusal.value, StateDamagedError)


def test_what_the_next_codec_reads_is_held_against_what_can_be_too() -> None:
    feature_set = FEATURE_SETS["base"]
    impossible = Snapshot(State(-np.eye(feature_set.dim), np.zeros(feature_set.dim), 5, 0.0))
    with pytest.raises(StateDamagedError):
        codec.decode(_next_encode(impossible, feature_set), feature_set, _DECODERS)
