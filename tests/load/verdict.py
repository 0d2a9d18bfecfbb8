"""Whether every reward was learned once: what was sent and answered, against what is stored."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tests.load.callers import Made, Shown, Told
from tests.load.plan import GRAIN, Asked, Key

_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class Stored:
    """What one state holds: rewards learned, their sum, and the ids of their decisions."""

    n: int
    reward_sum: float
    rewarded: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found.

    Attributes:
        distinct: decisions that were rewarded.
        states: what learned from them, one for each user and policy.
        lost: decisions that no state learned from.
        doubled: rewards that were learned once more than they should.
        unheard: decisions that were learned from, without any call having heard so: their answers went down with
            the API.
        problems: everything that is not as it should be, in words.
    """

    distinct: int
    states: int
    lost: int
    doubled: int
    unheard: int
    problems: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether each was learned once."""
        return not self.problems


def judge(
    asked: Sequence[Asked],
    made: Mapping[int, Made],
    told: Sequence[Told],
    stored: Mapping[Key, Stored],
    shown: Mapping[Key, Shown],
) -> Verdict:
    """Compare what was sent and answered with what is stored, and with what /stats says of it."""
    answers: dict[int, list[Told]] = defaultdict(list)
    for each in told:
        answers[each.decision].append(each)
    by_key: dict[Key, list[int]] = defaultdict(list)
    for decision in asked:
        by_key[decision.key].append(decision.number)
    lost = doubled = 0
    problems = [f"{user}, {policy}: stored, and never asked for" for user, policy in stored.keys() - by_key.keys()]
    for key, numbers in by_key.items():
        state = stored.get(key, Stored(0, 0.0, ()))
        ids = {made[number].decision_id for number in numbers}
        lost += len(ids - set(state.rewarded))
        doubled += max(0, state.n - len(ids))
        wrong = [*_wrong(state, ids, [answers[k] for k in numbers]), *_misshown(state, shown.get(key))]
        problems += [f"{key[0]}, {key[1]}: {each}" for each in wrong]
    unheard = sum(not any(each.applied for each in heard) for heard in answers.values())
    return Verdict(len(asked), len(by_key), lost, doubled, unheard, tuple(problems))


def _wrong(state: Stored, ids: Collection[UUID], answers: Sequence[Sequence[Told]]) -> Iterator[str]:
    remembered = set(state.rewarded)
    if missing := set(ids) - remembered:
        yield f"{len(missing)} decisions are not among those rewarded, such as {sorted(missing)[:_FEW]}"
    if foreign := remembered - set(ids):
        yield f"{len(foreign)} decisions were rewarded that nobody rewarded"
    if len(remembered) != len(state.rewarded):
        yield f"{len(state.rewarded) - len(remembered)} decisions are remembered twice"
    if state.n != len(ids):
        yield f"n is {state.n}, of {len(ids)} decisions"
    if twice := sum(sum(each.applied for each in heard) > 1 for heard in answers):
        yield f"{twice} decisions were acknowledged as applied more than once"
    if silent := sum(not heard for heard in answers):
        yield f"{silent} decisions were never answered"
    elif state.reward_sum * GRAIN not in reachable(answers):
        yield f"the sum of the rewards is {state.reward_sum}, which one value of each decision cannot make"


def _misshown(state: Stored, shown: Shown | None) -> Iterator[str]:
    mean = state.reward_sum / state.n if state.n else None
    if shown != (state.n, mean):
        yield f"/stats says {shown}, stored are {(state.n, mean)}"


def reachable(answers: Sequence[Sequence[Told]]) -> set[int]:
    """Return every sum, in grains, of one value for each decision.

    Where a call heard that it was applied, it was that one's value. Where none did, its answer having been lost, it
    may have been any that was sent.
    """
    sums = {0}
    for heard in answers:
        values = {each.grains for each in heard if each.applied} or {each.grains for each in heard}
        sums = {total + value for total in sums for value in values}
    return sums
