"""Every pure function once, on fixed inputs: prints all that comes out, to the last bit, and what it took."""

import hashlib
import json
import random
import sys

from tipbandit import codec
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.decisions import Decision, KeyRing, from_token, to_token
from tipbandit.features.encode import encode
from tipbandit.ids import uuid7
from tipbandit.policies.policy import choose, learn
from tipbandit.policies.registry import POLICIES
from tipbandit.rewards import REWARD_BY_REACTION


def main() -> None:
    """Let each policy make and learn from a hundred decisions."""
    before, done = random.getstate(), hashlib.sha256()
    ring = KeyRing("k1", {"k1": "x" * 32})
    profile = ProfileFeatures(completion_rate=0.3, preferred_hour=7.5)
    tips = [Candidate(tip_id=str(index), priority=index / 9, age_hours=7.0 * index) for index in range(10)]
    rewards = list(REWARD_BY_REACTION.values())
    for policy in POLICIES.values():
        snapshot = codec.empty(policy.feature_set)
        for step in range(100):
            made = uuid7(1_790_000_000_000 + step, hashlib.shake_128(bytes([step])).digest(10))
            x = encode(policy.feature_set, Context(hour=step % 24, weekday=step % 7), tips, profile)
            choice = choose(policy, snapshot.state, x, made.bytes)
            decision = Decision(
                made, "u", policy.key, 0, tips[choice.index].tip_id, None, choice.propensity, x[choice.index]
            )
            token = to_token(decision, ring)
            state = learn(policy, snapshot.state, from_token(token, ring).x, rewards[step % len(rewards)])
            blob = codec.encode(codec.Snapshot(state, (*snapshot.rewarded, made)), policy.feature_set)
            snapshot = codec.decode(blob, policy.feature_set)
            done.update(token.encode() + choice.scores.tobytes() + choice.propensities.tobytes() + blob)
    json.dump(
        {
            "digest": done.hexdigest(),
            "python_generator_untouched": random.getstate() == before,
            "numpy_generators_imported": "numpy.random" in sys.modules,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
