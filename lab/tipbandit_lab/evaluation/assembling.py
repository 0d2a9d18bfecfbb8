"""From a log and a policy to rounds: which decisions count, what they earned, what the policy would have shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal

import numpy as np

from tipbandit.policies.policy import Policy
from tipbandit.rewards import REWARD_BY_REACTION
from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation.logs import Logged
from tipbandit_lab.evaluation.replaying import Start, cold, replayed
from tipbandit_lab.evaluation.rounds import Rounds, padded

Unrewarded = Literal["drop", "ignored"]
"""What a decision without a reward is: left out, or ignored by the user once the reward window is over."""
Told = Callable[[int], None]
"""Who is told how many decisions were replayed since it was told last."""

WINDOW_MS: Final = 7 * 86_400_000
"""The default reward window of the service: later rewards are refused."""
_STEP: Final = 500


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What a policy would have shown at the decisions that count, and the features it would have seen.

    ``target`` has one row of propensities a decision, ``x`` (m, D) the features of all candidates, row by row.
    """

    target: tuple[Floats, ...]
    x: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """The decisions that count, which of all they are, and what each earned, shape (n,)."""

    decisions: tuple[Logged, ...]
    index: frozenset[int]
    reward: Floats
    unrewarded: int


def scored(
    decisions: Sequence[Logged], *, days: tuple[date, date] | None, unrewarded: Unrewarded, window_ms: int = WINDOW_MS
) -> Scored:
    """Return the decisions that count.

    Args:
        decisions: all, in the order of time.
        days: the first and the last UTC day of those that count; earlier ones only teach. All, if None.
        unrewarded: "drop" leaves out what has no reward. "ignored" counts it as a reaction "ignored" and leaves out
            whatever was decided less than a window before the end of the log, rewarded or not: of such decisions only
            those that were rewarded soon would be known.
        window_ms: the reward window.
    """
    end = max((_last(each) for each in decisions), default=0)
    index, reward, missing = [], [], 0
    for number, each in enumerate(decisions):
        open_still = unrewarded == "ignored" and each.at_ms > end - window_ms
        if not _within(each, days) or open_still:
            continue
        missing += each.outcome is None
        if each.outcome is not None or unrewarded == "ignored":
            index.append(number)
            reward.append(REWARD_BY_REACTION["ignored"] if each.outcome is None else each.outcome.reward)
    return Scored(tuple(decisions[i] for i in index), frozenset(index), np.array(reward, dtype=np.float64), missing)


def played(
    decisions: Sequence[Logged], found: Scored, policy: Policy, *, start: Start = cold, told: Told | None = None
) -> Played:
    """Replay a policy over all decisions, and keep what it would have shown at those that count.

    Where the policy decided itself its logged propensities are what it showed; nothing need be rebuilt.
    """
    target, x = [], []
    for number, (logged, answer) in enumerate(zip(decisions, replayed(decisions, policy, start=start), strict=True)):
        if number in found.index:
            target.append(logged.propensities if logged.policy == policy.key else answer.propensities)
            x.append(answer.x)
        if told is not None and (number + 1) % _STEP == 0:
            told(_STEP)
    if told is not None:
        told(len(decisions) % _STEP)
    return Played(tuple(target), np.concatenate(x) if x else np.empty((0, policy.feature_set.dim)))


def rounds_of(found: Scored, target: Sequence[Floats]) -> Rounds:
    """Return the decisions that count as rounds, with one row of ``target`` a decision.

    Raises:
        ValueError: if they are wrong, as where logged propensities do not sum to 1.
    """
    logged, there = padded([each.propensities for each in found.decisions])
    _, group = np.unique([each.user_id for each in found.decisions], return_inverse=True)
    return Rounds(
        shown=np.array([each.shown for each in found.decisions], dtype=np.int64),
        propensity=np.array([each.propensity for each in found.decisions]),
        reward=found.reward,
        target=padded(target)[0],
        present=there,
        logged=logged,
        group=group,
    )


def _last(each: Logged) -> int:
    return max(each.at_ms, 0 if each.outcome is None else each.outcome.at_ms)


def _within(each: Logged, days: tuple[date, date] | None) -> bool:
    return days is None or days[0] <= datetime.fromtimestamp(each.at_ms / 1000, tz=UTC).date() <= days[1]
