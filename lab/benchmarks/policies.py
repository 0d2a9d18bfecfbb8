"""Choose and learn: against the same by hand, and against MABWiser."""

import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from benchmarks import peer, reference
from benchmarks.tables import Report
from benchmarks.timing import Times, race
from tipbandit import codec
from tipbandit.codec import Snapshot
from tipbandit.features.schema import BASE, BASE_PROFILE, FeatureSet
from tipbandit.policies import ridge
from tipbandit.policies.policy import Policy, choose, learn
from tipbandit.policies.ridge import Array, State

ROUNDS: Final = 40
TIMES_REFERENCE: Final = 2.0
TIMES_PEER: Final = 5.0
_KEY: Final = bytes(range(16))
_HISTORY: Final = 200
_RULES: Final = {"linucb": 0.5, "egreedy": None}

Progress = Callable[[str], None]
Piece = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One learned user, and the candidates of one request."""

    policy: Policy
    state: State
    history: Array
    rewards: Array
    x: Array

    def peer(self, arms: int) -> Any:  # noqa: ANN401  MABWiser has no types
        """MABWiser, having learned the same history."""
        return peer.fitted(self.policy, arms, self.history, self.rewards)


def run(progress: Progress) -> Report:
    """Race them all."""
    raced = {}
    for name, pieces in _races():
        progress(f"policies: {name}")
        raced[name] = race(pieces, rounds=ROUNDS)
    head = ["", "ours us", "spread", "by hand us", "ours / hand", "K arms us", "/ ours", "1 arm us", "/ ours"]
    rows = [[name, *_cells(times)] for name, times in raced.items()]
    to_hand = {name: times["ours"].over(times["by hand"]) for name, times in raced.items() if "by hand" in times}
    to_peer = {name: times["K arms"].over(times["ours"]) for name, times in raced.items()}
    return Report("Policies: choose and learn, microseconds of CPU", head, rows, _remarks(to_hand, to_peer))


def _cells(times: Mapping[str, Times]) -> Iterator[str]:
    ours = times["ours"]
    yield from (f"{ours.median:.1f}", f"{ours.spread:.0%}")
    by_hand = times.get("by hand")
    yield from ("", "") if by_hand is None else (f"{by_hand.median:.1f}", f"{ours.over(by_hand):.2f}")
    for peer_name in ("K arms", "1 arm"):
        yield from (f"{times[peer_name].median:,.0f}", f"{times[peer_name].over(ours):,.1f}")


def _remarks(to_hand: Mapping[str, float], to_peer: Mapping[str, float]) -> str:
    slow = [name for name, times in to_hand.items() if times > TIMES_REFERENCE]
    close = [name for name, times in to_peer.items() if times < TIMES_PEER]
    most = max(to_hand.values())
    return f"""\
- Goal, at most {TIMES_REFERENCE:g} times the best numpy by hand: {_verdict(slow)} (at most {most:.2f}).
- Goal, at least {TIMES_PEER:g} times faster than MABWiser with K arms: {_verdict(close)}.
{peer.DIFFERENCES}"""


def _verdict(missed: list[str]) -> str:
    return f"MISSED by {'; '.join(missed)}" if missed else "met"


def _races() -> Iterator[tuple[str, dict[str, Piece]]]:
    for features in (BASE, BASE_PROFILE):
        for k in (10, 100):
            for rule, alpha in _RULES.items():
                case = _case(features, k, alpha)
                _check(case)
                yield f"choose {rule}, K={k}, D={features.dim}", _choosing(case)
            case = _case(features, k, _RULES["linucb"])
            yield f"learn, K={k}, D={features.dim}", _learning(case)
            yield f"stored, choose linucb, K={k}, D={features.dim}", _choosing_stored(case)
            yield f"stored, learn, K={k}, D={features.dim}", _learning_stored(case)


def _case(feature_set: FeatureSet, k: int, alpha: float | None) -> Case:
    rng = np.random.default_rng(k)
    policy = Policy(key="benchmark/v1", feature_set=feature_set, alpha=alpha, epsilon=0.05)
    history = rng.uniform(-1, 1, (_HISTORY, feature_set.dim))
    rewards = rng.uniform(-1, 1, _HISTORY)
    state = ridge.cold(feature_set.dim)
    for x, r in zip(history, rewards, strict=True):
        state = learn(policy, state, x, float(r))
    return Case(policy, state, history, rewards, rng.uniform(-1, 1, (k, feature_set.dim)))


def _check(case: Case) -> None:
    """Make sure that ours, the one by hand and MABWiser's one arm agree: a race of different jobs says nothing."""
    ours = choose(case.policy, case.state, case.x, _KEY)
    _, scores, propensities = _by_hand(case)(case.state.gram, case.state.b)
    np.testing.assert_allclose(scores, ours.scores, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(propensities, ours.propensities, rtol=1e-12)
    if case.policy.alpha is not None:  # the other rule answers noise where it explores
        expected = [each[0] for each in case.peer(1).predict_expectations(case.x)]
        np.testing.assert_allclose(expected, ours.scores, rtol=1e-9, atol=1e-12)


def _by_hand(case: Case) -> Callable[[Array, Array], tuple[int, Array, Array]]:
    policy = case.policy
    prior = policy.ridge_lambda * np.eye(len(case.state.b))

    def piece(gram: Array, b: Array) -> tuple[int, Array, Array]:
        return reference.choose(gram, b, case.x, _KEY, (prior, policy.alpha, policy.epsilon))

    return piece


def _best(expectations: list[dict[int, float]]) -> int:
    return int(np.argmax([each[0] for each in expectations]))


def _choosing(case: Case) -> dict[str, Piece]:
    many, one = case.peer(len(case.x)), case.peer(1)
    return {
        "ours": partial(choose, case.policy, case.state, case.x, _KEY),
        "by hand": partial(_by_hand(case), case.state.gram, case.state.b),
        "K arms": partial(many.predict, case.x[:1]),
        "1 arm": lambda: _best(one.predict_expectations(case.x)),
    }


def _learning(case: Case) -> dict[str, Piece]:
    state, x, r = case.state, case.x[0], 0.5
    seen = (np.array([0]), np.array([r]), case.x[:1])
    return {
        "ours": partial(learn, case.policy, state, x, r),
        "by hand": partial(reference.learn, (state.gram, state.b, state.n, state.reward_sum), x, r),
        "K arms": partial(case.peer(len(case.x)).partial_fit, *seen),
        "1 arm": partial(case.peer(1).partial_fit, *seen),
    }


def _choosing_stored(case: Case) -> dict[str, Piece]:
    policy, features = case.policy, case.policy.feature_set
    blob = codec.encode(Snapshot(case.state), features)
    many, one = pickle.dumps(case.peer(len(case.x))), pickle.dumps(case.peer(1))
    return {
        "ours": lambda: choose(policy, codec.decode(blob, features).state, case.x, _KEY),
        "K arms": lambda: pickle.loads(many).predict(case.x[:1]),  # noqa: S301  our own
        "1 arm": lambda: _best(pickle.loads(one).predict_expectations(case.x)),  # noqa: S301
    }


def _learning_stored(case: Case) -> dict[str, Piece]:
    policy, features, x = case.policy, case.policy.feature_set, case.x[0]
    blob = codec.encode(Snapshot(case.state), features)
    seen = (np.array([0]), np.array([0.5]), case.x[:1])

    def ours() -> bytes:
        return codec.encode(Snapshot(learn(policy, codec.decode(blob, features).state, x, 0.5)), features)

    def pickled(stored: bytes) -> bytes:
        bandit = pickle.loads(stored)  # noqa: S301  our own
        bandit.partial_fit(*seen)
        return pickle.dumps(bandit)

    many, one = pickle.dumps(case.peer(len(case.x))), pickle.dumps(case.peer(1))
    return {"ours": ours, "K arms": partial(pickled, many), "1 arm": partial(pickled, one)}
