"""Honest users, and adversaries who hold valid decisions of theirs and choose the rewards: the worst that was found."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from tests.abuse.bound import Bound
from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.features.encode import encode
from tipbandit.policies.exploration import best_of
from tipbandit.policies.policy import Policy, choose, learn
from tipbandit.policies.ridge import Array, State, cold, estimate

CANDIDATES: Final = 5
NOISE: Final = 0.3
TRIED: Final = 200
"""Single decisions that an adversary repeats; the best of them are then mixed."""
GREEDY_UP_TO: Final = 30
REQUESTS: Final = 200


def request(policy: Policy, rng: np.random.Generator) -> Array:
    """Return the features of one legal request's candidates."""
    tips = [
        Candidate(
            tip_id=f"t{number}",
            priority=float(rng.random()),
            due_in_hours=float(rng.exponential(24)),
            age_hours=float(rng.exponential(72)),
        )
        for number in range(CANDIDATES)
    ]
    profile = ProfileFeatures(completion_rate=float(rng.random()), preferred_hour=float(rng.uniform(0, 23.9)))
    moment = Context(hour=float(rng.uniform(0, 23.9)), weekday=int(rng.integers(7)))
    return encode(policy.feature_set, moment, tips, profile)


def honest(policy: Policy, n: int, rng: np.random.Generator) -> State:
    """Return what n rewards of a user with some taste teach, for tips that the policy itself chose."""
    taste = rng.normal(0, 0.3, policy.feature_set.dim)
    state = cold(policy.feature_set.dim)
    for _ in range(n):
        x = request(policy, rng)
        shown = x[choose(policy, state, x, rng.bytes(16)).index]
        state = learn(policy, state, shown, float(np.clip(shown @ taste + rng.normal(0, NOISE), -1, 1)))
    return state


def poisoned(state: State, y: Array, s: Array, times: Array) -> State:
    """Return the state after reward ``s[j]`` for ``y[j]``, ``times[j]`` times."""
    gram = state.gram + (y.T * times) @ y
    return State(gram, state.b + y.T @ (times * s), state.n + int(times.sum()), state.reward_sum + float(times @ s))


@dataclass(frozen=True)
class Worst:
    """The worst that was found: the shift in units of |.|_A, and the share of decisions that are others now."""

    shift: float
    changed: float
    bound: float
    bound_changed: float


def worst(policy: Policy, state: State, m: int, rng: np.random.Generator) -> Worst:
    """Search for the m rewards that move a user's policy the most."""
    bound = Bound.of(policy, state, m)
    requests = [request(policy, rng) for _ in range(REQUESTS)]
    attacks = list(_attacks(policy, state, m, rng))
    before = estimate(state, policy.ridge_lambda)
    scores = [policy.score(x, state) for x in requests]
    a = np.linalg.inv(before.inverse)
    deltas = [estimate(each, policy.ridge_lambda).theta - before.theta for each in attacks]
    shifts = [float(np.sqrt(delta @ a @ delta)) for delta in deltas]
    harshest = sorted(range(len(attacks)), key=lambda index: -shifts[index])[:20]
    changed = max(_changed(policy, attacks[index], requests, scores) for index in harshest)
    reachable = [bound.can_change(x, said, policy.alpha or 0.0) for x, said in zip(requests, scores, strict=True)]
    return Worst(max(shifts), changed, bound.shift, float(np.mean(reachable)))


def _changed(policy: Policy, after: State, requests: list[Array], scores: list[Array]) -> float:
    """Return the share of requests whose best tip is another one than it was."""
    kept = [(best_of(policy.score(x, after)) & best_of(said)).any() for x, said in zip(requests, scores, strict=True)]
    return 1 - float(np.mean(kept))


def _attacks(policy: Policy, state: State, m: int, rng: np.random.Generator) -> Iterator[State]:
    """Yield states after m rewards: one decision again and again, many at random, and the greediest at each step."""
    ys = np.concatenate([request(policy, rng) for _ in range(TRIED // CANDIDATES)])
    for y in ys:
        for s in (1.0, -1.0):
            yield poisoned(state, y[None], np.array([s]), np.array([float(m)]))
    against = -np.sign(ys @ estimate(state, policy.ridge_lambda).theta)
    for _ in range(20):
        times = rng.multinomial(m, np.full(len(ys), 1 / len(ys))).astype(float)
        yield poisoned(state, ys, against, times)
    if m <= GREEDY_UP_TO:
        yield _greedy(policy, state, m, ys)


def _greedy(policy: Policy, state: State, m: int, ys: Array) -> State:
    """Add, m times, the one reward that brings the weights furthest from the honest ones in |.|_A."""
    before = estimate(state, policy.ridge_lambda)
    a, now = np.linalg.inv(before.inverse), state
    for _ in range(m):
        made = estimate(now, policy.ridge_lambda)
        gains = ys @ made.inverse
        widths = np.vecdot(gains, ys)
        best, best_norm = now, -1.0
        for s in (1.0, -1.0):
            deltas = made.theta - before.theta + gains * ((s - ys @ made.theta) / (1 + widths))[:, None]
            norms = np.vecdot(deltas @ a, deltas)
            index = int(norms.argmax())
            if norms[index] > best_norm:
                best_norm = float(norms[index])
                best = learn(policy, now, ys[index], s)
        now = best
    return now
