"""What a policy would have shown at every decision of a log, had it known then what the log knew then.

The policy's state of a user is rebuilt from the rewards of the log: at each decision it has learned from every reward
that had come by then, each with the features that its own feature set makes of the tip that was *shown*. So a sequence
of policies is evaluated: those the log induces. What the policy would have learned from what it would have shown
instead is not simulated; the simulator does that.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from tipbandit.features.encode import encode_columns
from tipbandit.policies import ridge
from tipbandit.policies.policy import Policy, choose, learn
from tipbandit.policies.ridge import State
from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation.logs import Logged

Lessons = Literal["all", "own"]
"""Which rewards a policy learns from: those of every decision, or of its own, as when it serves."""
Start = Callable[[Policy, Logged], State]
"""The state of a user nothing was learned about, at a decision."""

_ANY_KEY: Final = b"replay"
"""What names the draw; propensities do not depend on it."""
SAME: Final = 1e-9
"""How far replayed propensities may lie from logged ones and count as equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a policy would have answered: the candidates' features, shape (K, D), and propensities, shape (K,)."""

    x: Floats
    propensities: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Recheck:
    """Whether replaying a policy that served gives the propensities it logged.

    Attributes:
        policy: its key.
        decisions: how many of its decisions were replayed.
        checkable: how many of them can be expected to come out the same: the user's history is whole, no prior was
            used, the state could be read.
        same: how many of these did.
    """

    policy: str
    decisions: int
    checkable: int
    same: int

    @property
    def share(self) -> float | None:
        """The share of checkable decisions that came out the same; None if there are none."""
        return self.same / self.checkable if self.checkable else None


@dataclass(slots=True, eq=False)
class _Mind:
    """What the policy knows of one user; ``waiting`` holds decisions by the time their rewards come."""

    state: State | None = None
    reset_ms: int = 0
    waiting: list[tuple[int, int, Logged, Floats]] = field(default_factory=list)


def cold(policy: Policy, _: Logged) -> State:
    """Return the state of a user nothing was learned about, without a population prior."""
    return ridge.cold(policy.feature_set.dim)


def replayed(
    decisions: Iterable[Logged], policy: Policy, *, lessons: Lessons = "all", start: Start = cold
) -> Iterator[Answer]:
    """Yield what a policy would have answered to each decision.

    A reset of the user empties the state. A decision that was made without the state, as it could not be read
    (``degraded``), is answered from the cold state: whoever had served could not have read it.

    Args:
        decisions: in the order of time.
        policy: any, registered or not.
        lessons: which rewards it learns from.
        start: what it knows of a new user.
    """
    minds: dict[str, _Mind] = {}
    for number, logged in enumerate(decisions):
        mind = minds.setdefault(logged.user_id, _Mind())
        _reset(mind, logged.epoch or 0)
        _catch_up(mind, policy, logged, start)
        x = encode_columns(policy.feature_set, logged.moment, logged.tips, logged.profile)
        state = start(policy, logged) if logged.degraded or mind.state is None else mind.state
        if logged.outcome is not None and (lessons == "all" or logged.policy == policy.key):
            heapq.heappush(mind.waiting, (logged.outcome.at_ms, number, logged, x[logged.shown]))
        yield Answer(x, choose(policy, state, x, _ANY_KEY).propensities)


def _reset(mind: _Mind, epoch: int) -> None:
    """Forget what was learned before the reset that an epoch (its Unix ms) names, if it is a new one."""
    if epoch > mind.reset_ms:
        mind.state, mind.reset_ms = None, epoch


def _catch_up(mind: _Mind, policy: Policy, now: Logged, start: Start) -> None:
    """Learn from the rewards that have come by a decision; those of decisions before a reset teach nothing."""
    while mind.waiting and mind.waiting[0][0] <= now.at_ms:
        _, _, earlier, x = heapq.heappop(mind.waiting)
        assert earlier.outcome is not None  # noqa: S101  only rewarded decisions wait
        _reset(mind, earlier.outcome.epoch)
        if earlier.at_ms > mind.reset_ms:
            state = start(policy, earlier) if mind.state is None else mind.state
            mind.state = learn(policy, state, x, earlier.outcome.reward)


def recheck(decisions: Iterable[Logged], policy: Policy, *, start: Start = cold, with_prior: bool = False) -> Recheck:
    """Replay a policy that served, and count its decisions whose logged propensities come out again.

    Args:
        decisions: in the order of time, from the first of each user if they are to be checkable.
        policy: who served.
        start: what it knew of a new user.
        with_prior: whether ``start`` knows the population priors, so that decisions made with one can be checked.
    """
    known = list(decisions)
    whole: dict[str, bool] = {}
    count = checkable = same = 0
    for logged, answer in zip(known, replayed(known, policy, lessons="own", start=start), strict=True):
        if logged.policy != policy.key:
            continue
        count += 1
        began = whole.setdefault(logged.user_id, not logged.state_ver)
        if began and logged.state_ver is not None and (with_prior or logged.prior is None):
            checkable += 1
            same += bool(np.abs(answer.propensities - logged.propensities).max() <= SAME)
    return Recheck(policy=policy.key, decisions=count, checkable=checkable, same=same)
