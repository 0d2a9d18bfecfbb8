"""What is raced in ``arithmetic``: every job by the package, by hand and by each that has the same model."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from itertools import cycle
from typing import Any, Final

import numpy as np

from benchmarks import peer, reference
from benchmarks.rivals import Rival, rivals
from tipbandit import codec
from tipbandit.codec import Snapshot
from tipbandit.features.schema import BASE, BASE_PROFILE, FeatureSet
from tipbandit.policies.exploration import draw
from tipbandit.policies.policy import Choice, Policy, choose, learn
from tipbandit.policies.ridge import Array, State, cold, estimate
from tipbandit.policies.scorers import upper_confidence

OURS: Final = "ours"
BY_HAND: Final = "by hand"
ARMS: Final = "MABWiser, K arms"
KEY: Final = bytes(range(16))
FROM_LISTS, FROM_ARRAYS, GREEDY, LEARN, ROUND, STATE = 7.0, 11.0, 10.0, 5.0, 16.0, 10.0
_HISTORY: Final = 200
_REWARD: Final = 0.5
_REQUESTS: Final = 16
_ALPHA: Final = 0.5

Piece = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Job:
    """One row: the ``pieces`` by who does them, and how many times the fastest peer's speed is asked of ours."""

    name: str
    pieces: Mapping[str, Piece]
    goal: float | None = None


class Case:
    """One learned user, and the candidates of some requests.

    Attributes:
        policy: LinUCB, or epsilon-greedy where there is no alpha.
        state: what it has learned of a history.
        requests: candidates, each of shape (K, D).
        x: the candidates of the first request.
        rows: the same as lists.
        rule: the policy for the reference.
        rivals: who has learned the same.
    """

    def __init__(self, feature_set: FeatureSet, k: int, alpha: float | None) -> None:
        rng = np.random.default_rng(k)
        self.policy = Policy(key="benchmark/v1", feature_set=feature_set, alpha=alpha, epsilon=0.05)
        self.history = rng.uniform(-1, 1, (_HISTORY, feature_set.dim))
        self.rewards = rng.uniform(-1, 1, _HISTORY)
        events = zip(self.history, self.rewards.tolist(), strict=True)
        self.state = reduce(lambda state, event: learn(self.policy, state, *event), events, cold(feature_set.dim))
        self.requests = [rng.uniform(-1, 1, (k, feature_set.dim)) for _ in range(_REQUESTS)]
        self.x = self.requests[0]
        self.rows = self.x.tolist()
        self.rule = (self.policy.ridge_lambda * np.eye(feature_set.dim), alpha, self.policy.epsilon)
        self.rivals = rivals(self.policy, self.history, self.rewards)
        self.label = f"{'egreedy' if alpha is None else 'linucb'}, K={k}, D={feature_set.dim}"

    @property
    def sums(self) -> reference.State:
        """The state for the reference."""
        return self.state.gram, self.state.b, self.state.n, self.state.reward_sum

    def raced(self, ours: Piece, by_hand: Piece, theirs: Callable[[Rival], Piece]) -> Mapping[str, Piece]:
        """Return who does a job, by name."""
        return {OURS: ours, BY_HAND: by_hand, **{name: theirs(rival) for name, rival in self.rivals.items()}}


def jobs() -> Iterator[Job]:
    """Return one job after the other."""
    for k in (10, 50, 100, 1_000):
        case = Case(BASE_PROFILE, k, _ALPHA)
        yield Job(f"lists, choose {case.label}", _from_lists(case), FROM_LISTS)
        yield Job(f"choose {case.label}", _from_arrays(case), FROM_ARRAYS)
        yield Job(f"A^-1 at hand, choose {case.label}", _solved(case), FROM_ARRAYS)
        yield Job(f"A^-1 at hand, lists, best {case.label}", _best(case, lists=True), FROM_LISTS)
        yield Job(f"A^-1 at hand, best {case.label}", _best(case, lists=False), FROM_ARRAYS)
    for feature_set in (BASE, BASE_PROFILE):
        for k in (10, 100):
            case = Case(feature_set, k, None)
            yield Job(f"choose {case.label}", _from_arrays(case), GREEDY)
        case = Case(feature_set, 10, _ALPHA)
        yield Job(f"learn, D={feature_set.dim}", _learning(case), LEARN)
        yield Job(f"round {case.label}", _rounds(case), ROUND)
        yield Job(f"dump + load, D={feature_set.dim}", _keeping(case), STATE)
        yield Job(f"stored, choose {case.label}", _stored_choosing(case))
        yield Job(f"stored, learn, D={feature_set.dim}", _stored_learning(case))
        greedy = Case(feature_set, 10, None)
        yield Job(f"round {greedy.label}", _rounds(greedy), GREEDY)
        yield Job(f"round {greedy.label}, to its own way", _arms(greedy), GREEDY)


def _from_lists(case: Case) -> Mapping[str, Piece]:
    policy, state, rows = case.policy, case.state, case.rows
    return case.raced(
        lambda: choose(policy, state, reference.matrix(rows), KEY),
        lambda: reference.choose(state.gram, state.b, reference.matrix(rows), KEY, case.rule),
        lambda rival: partial(rival.choose, rows),
    )


def _from_arrays(case: Case) -> Mapping[str, Piece]:
    return case.raced(
        partial(choose, case.policy, case.state, case.x, KEY),
        partial(reference.choose, case.state.gram, case.state.b, case.x, KEY, case.rule),
        lambda rival: partial(rival.choose, rival.liked(case.x)),
    )


def _solved(case: Case) -> Mapping[str, Piece]:
    """Ours in the place of the peers, who have A^-1 from their last update: all of ``choose`` but the solution."""
    policy, x, n, solution = case.policy, case.x, case.state.n, estimate(case.state, case.policy.ridge_lambda)

    def ours() -> Choice:
        scores = upper_confidence(x, solution, alpha=_ALPHA)
        probabilities = policy.propensities(scores, n)
        return Choice(draw(probabilities, KEY), scores, probabilities)

    return case.raced(
        ours,
        lambda: reference.shown(reference.bounds(solution.inverse, solution.theta, x, _ALPHA), policy.epsilon, KEY),
        lambda rival: partial(rival.choose, rival.liked(x)),
    )


def _best(case: Case, *, lists: bool) -> Mapping[str, Piece]:
    """The peers' job to the letter: the highest score from A^-1, nothing drawn, no propensities."""
    solution = estimate(case.state, case.policy.ridge_lambda)
    given: Callable[[], Array] = partial(reference.matrix, case.rows) if lists else lambda: case.x
    return case.raced(
        lambda: upper_confidence(given(), solution, alpha=_ALPHA).argmax(),
        lambda: reference.bounds(*solution, given(), _ALPHA).argmax(),
        lambda rival: partial(rival.choose, case.rows if lists else rival.liked(case.x)),
    )


def _learning(case: Case) -> Mapping[str, Piece]:
    x = case.x[0]
    return case.raced(
        partial(learn, case.policy, case.state, x, _REWARD),
        partial(reference.learn, case.sums, x, _REWARD),
        lambda rival: partial(rival.learn, rival.liked(case.x)[0], _REWARD),
    )


def _rounds(case: Case) -> Mapping[str, Piece]:
    """Choose and learn, from one state to the next."""
    policy, state, sums = case.policy, case.state, case.sums
    ours_next, by_hand_next = cycle(case.requests).__next__, cycle(case.requests).__next__

    def ours() -> None:
        nonlocal state
        x = ours_next()
        state = learn(policy, state, x[choose(policy, state, x, KEY).index], _REWARD)

    def by_hand() -> None:
        nonlocal sums
        x = by_hand_next()
        sums = reference.learn(sums, x[reference.choose(*sums[:2], x, KEY, case.rule)[0]], _REWARD)

    def theirs(rival: Rival) -> Piece:
        upcoming = cycle([rival.liked(x) for x in case.requests]).__next__

        def piece() -> None:
            rows = upcoming()
            rival.learn(rows[rival.place(rows)], _REWARD)

        return piece

    return case.raced(ours, by_hand, theirs)


def _arms(case: Case) -> Mapping[str, Piece]:
    """MABWiser as it is meant: a model for each of K tips, one context for all."""
    bandit = peer.fitted(case.policy, len(case.x), case.history, case.rewards)
    contexts = cycle([x[:1] for x in case.requests])

    def piece() -> None:
        context = next(contexts)
        bandit.partial_fit(np.array([bandit.predict(context)]), np.array([_REWARD]), context)

    pieces = _rounds(case)
    return {OURS: pieces[OURS], BY_HAND: pieces[BY_HAND], ARMS: piece}


def _keeping(case: Case) -> Mapping[str, Piece]:
    features, snapshot, sums = case.policy.feature_set, Snapshot(case.state), case.sums
    print_, dim = features.fingerprint(), features.dim
    return case.raced(
        lambda: codec.decode(codec.encode(snapshot, features), features),
        lambda: reference.load(reference.dump(sums, print_), dim, print_),
        lambda rival: lambda: rival.back(rival.kept()),
    )


def _stored_choosing(case: Case) -> Mapping[str, Piece]:
    """What a function without memory does to choose."""
    policy, features, x = case.policy, case.policy.feature_set, case.x
    print_, dim, blob = features.fingerprint(), features.dim, codec.encode(Snapshot(case.state), features)

    def theirs(rival: Rival) -> Piece:
        kept, liked = rival.kept(), rival.liked(x)
        return lambda: rival.back(kept).choose(liked)

    return case.raced(
        lambda: choose(policy, codec.decode(blob, features).state, x, KEY),
        lambda: reference.choose(*reference.load(blob, dim, print_)[:2], x, KEY, case.rule),
        theirs,
    )


def _stored_learning(case: Case) -> Mapping[str, Piece]:
    """What a function without memory does to learn."""
    policy, features, x = case.policy, case.policy.feature_set, case.x[0]
    print_, dim, blob = features.fingerprint(), features.dim, codec.encode(Snapshot(case.state), features)

    def ours() -> bytes:
        state: State = learn(policy, codec.decode(blob, features).state, x, _REWARD)
        return codec.encode(Snapshot(state), features)

    def theirs(rival: Rival) -> Piece:
        kept, row = rival.kept(), rival.liked(case.x)[0]

        def piece() -> bytes:
            revived = rival.back(kept)
            revived.learn(row, _REWARD)
            return revived.kept()

        return piece

    return case.raced(
        ours, lambda: reference.dump(reference.learn(reference.load(blob, dim, print_), x, _REWARD), print_), theirs
    )
