"""What was written once must go on being read."""

import json
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
import pytest

from tipbandit import codec
from tipbandit.codec import Snapshot, decode, encode
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.decisions import KeyRing, from_token
from tipbandit.features import encode as features
from tipbandit.features.schema import FEATURE_SETS, FeatureSet
from tipbandit.policies.ridge import State, cold, update

_GOLDEN: Final = Path(__file__).parents[2] / "shared" / "golden"
_STATES: Final = sorted(_GOLDEN.glob("state-v*.bin"))
_EACH_STATE = pytest.mark.parametrize("path", _STATES, ids=lambda path: path.stem)
_PROFILE: Final = ProfileFeatures(
    completion_rate=0.3, dismiss_rate=0.2, mean_dwell_s=42.0, preferred_hour=7.5, tips_30d=60
)
_REWARDED: Final = (
    (Context(hour=8.5, weekday=0), Candidate(tip_id="stretch", priority=0.8, due_in_hours=3.0, age_hours=1.0), 1.0),
    (Context(hour=19.25, weekday=5), Candidate(tip_id="water"), -0.25),
    (Context(hour=23.0, weekday=6), Candidate(tip_id="walk", priority=0.1, due_in_hours=-2.0, age_hours=72.0), -1.0),
)


def _content(path: Path) -> tuple[FeatureSet, Snapshot]:
    said: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    state = State(np.array(said["gram"]), np.array(said["b"]), said["n"], said["reward_sum"])
    return FEATURE_SETS[said["feature_set"]], Snapshot(state, tuple(map(UUID, said["rewarded"])))


def test_there_is_a_golden_state_of_every_version_and_dimension() -> None:
    assert {path.stem for path in _STATES} == {
        f"state-v{version}-d{dim}" for version in codec.DECODERS for dim in (7, 12)
    }


@_EACH_STATE
def test_an_old_state_reads_as_it_was_written(path: Path) -> None:
    feature_set, content = _content(path)
    read = decode(path.read_bytes(), feature_set)
    assert read.state.gram.tobytes() == content.state.gram.tobytes()
    assert read.state.b.tobytes() == content.state.b.tobytes()
    assert (read.state.n, read.state.reward_sum) == (content.state.n, content.state.reward_sum)
    assert read.rewarded == content.rewarded


@_EACH_STATE
def test_a_state_is_written_back_as_the_newest_version(path: Path) -> None:
    feature_set, content = _content(path)
    newest = _GOLDEN / f"state-v{codec.VERSION}-d{feature_set.dim}.bin"
    assert encode(content, feature_set) == newest.read_bytes()


@_EACH_STATE
def test_a_golden_state_is_what_its_three_rewards_teach(path: Path) -> None:
    """To 1e-12: the last bits of exp and sin are the machine's own."""
    feature_set, content = _content(path)
    state = cold(feature_set.dim)
    for context, tip, r in _REWARDED:
        state = update(state, features.encode(feature_set, context, [tip], _PROFILE)[0], r)
    np.testing.assert_allclose(content.state.gram, state.gram, rtol=0, atol=1e-12)
    np.testing.assert_allclose(content.state.b, state.b, rtol=0, atol=1e-12)
    assert (content.state.n, content.state.reward_sum) == (3, -0.25)


def test_an_old_token_is_still_taken() -> None:
    said: dict[str, Any] = json.loads((_GOLDEN / "token-v1.json").read_text("utf-8"))
    read = from_token(said["token"], KeyRing("golden-1", said["keys"]))
    decision = said["decision"]
    assert read.decision_id == UUID(decision["decision_id"])
    assert read.x.tolist() == decision["x"]
    for name in ("user_id", "policy", "epoch", "tip_id", "prompt_version", "propensity"):
        assert getattr(read, name) == decision[name]
