"""The arithmetic of a decision and a reward: against the same by hand, and against who has the same model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks import parity
from benchmarks.arithmetic_jobs import ARMS, BY_HAND, OURS, Job, jobs
from benchmarks.tables import Report
from benchmarks.timing import Times, race
from tipbandit.features.schema import BASE, BASE_PROFILE
from tipbandit.policies.policy import Policy

ROUNDS: Final = 40
TIMES_BY_HAND: Final = 1.5
_CANDIDATES: Final = 10
_HEAD: Final = ("", "ours us", "spread", "by hand us", "ours / hand", "peer us", "peer", "peer / ours", "goal", "")

_DIFFERENCES: Final = f"""\
- *peer*: the faster of MABWiser used as one shared arm, `argmax` by the caller, and coba's LinUCB on the actions'
  features: the libraries at hand with one ridge regression for all candidates. Each is given arrays, lists or tuples,
  what it is fastest with; from *lists* both are given lists, ours and by hand pack them first. *To its own way*:
  {ARMS}, a model for each tip and one context for all, which is another model.
- The answers are not equal: MABWiser's is the scores and so the tip, coba's the tip and its probability; ours and by
  hand the tip, all scores and all propensities, ties drawn, by a keyed hash that lets every decision be replayed.
- Peers keep A^-1 from their last update and pay for it there. Ours keeps the sums, which is what is stored and does not
  drift, and solves them for every choice. *A^-1 at hand* is the same choice without that; *best* is the peers' job to
  the letter, the highest score from A^-1 and nothing else. A *round*, choose and learn, has all of it on both sides.
- *Dump + load*, *stored*: ours through the codec, which checks a CRC and that G has no negative eigenvalue; that check
  is half of it. A pickle checks nothing. A coba learner that has learned has no pickle, as it holds the module numpy:
  that is left out and put back.
- By hand: one function a job, nothing that is not needed for the same answer, tricks that the package leaves out.
"""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """A job and how long each took."""

    job: Job
    times: Mapping[str, Times]

    @property
    def peer(self) -> str:
        """Who is the fastest of the others."""
        return min(self.times.keys() - {OURS, BY_HAND}, key=lambda name: self.times[name].median)

    @property
    def to_peer(self) -> float:
        """How many times as long as ours the fastest of the others takes."""
        return self.times[self.peer].over(self.times[OURS])

    @property
    def to_hand(self) -> float:
        """How many times as long as by hand ours takes."""
        return self.times[OURS].over(self.times[BY_HAND])

    def meets(self, who: str) -> bool:
        """Whether somebody, us or by hand, is as many times as fast as the fastest of the others as asked."""
        return self.times[self.peer].over(self.times[who]) >= (self.job.goal or 0.0)

    def cells(self) -> list[str]:
        """Return the row."""
        ours, by_hand, goal = self.times[OURS], self.times[BY_HAND], self.job.goal
        times = [f"{ours.median:.1f}", f"{ours.spread:.0%}", f"{by_hand.median:.1f}", f"{self.to_hand:.2f}"]
        others = [f"{self.times[self.peer].median:,.0f}", self.peer, f"{self.to_peer:,.1f}"]
        verdict = [] if goal is None else [f"{goal:g}", "met" if self.meets(OURS) else "MISSED"]
        return [self.job.name, *times, *others, *(verdict or ["", ""])]


def run(progress: Progress, *, rounds: int = ROUNDS) -> Report:
    """See that all choose the same, then race them so many rounds."""
    checked = _checked(progress)
    results = []
    for job in jobs():
        progress(f"arithmetic: {job.name}")
        results.append(Result(job, race(job.pieces, rounds=rounds)))
    remarks = f"{checked}\n{verdicts(results)}\n{_DIFFERENCES}"
    title = "Arithmetic: choose, learn, keep; microseconds of CPU"
    return Report(title, _HEAD, [each.cells() for each in results], remarks, ratios(results))


def _checked(progress: Progress) -> str:
    """Have all agree, or stop: a race of different jobs says nothing."""
    most = 0
    for feature_set in (BASE, BASE_PROFILE):
        for alpha in (0.5, None):
            policy = Policy(key="benchmark/v1", feature_set=feature_set, alpha=alpha, epsilon=0.05)
            progress(f"arithmetic: the same tip in every round, D={feature_set.dim}, alpha={alpha}")
            most = max(most, parity.check(policy, parity.Course(_CANDIDATES)))
    return (
        f"- The same tip in each of {parity.ROUNDS} rounds of choose and learn, D=7 and 12, K={_CANDIDATES}: ours, by "
        f"hand, Cholesky, plain Python, MABWiser's one arm and, for linucb, coba ({most} in all)."
    )


def verdicts(results: Sequence[Result]) -> str:
    """Return which goals are met, and how many the best by hand would meet."""
    asked = [each for each in results if each.job.goal is not None]
    met, by_hand = (sum(each.meets(who) for each in asked) for who in (OURS, BY_HAND))
    most = max(each.to_hand for each in results)
    slow = [f"{each.job.name} ({each.to_hand:.2f})" for each in results if each.to_hand > TIMES_BY_HAND]
    return f"""\
- Goal, so many times as fast as the fastest peer: {met} of {len(asked)} met; by hand meets {by_hand}.
- Goal, at most {TIMES_BY_HAND:g} times the best numpy by hand: {f"MISSED by {'; '.join(slow)}" if slow else "met"} \
(at most {most:.2f})."""


def ratios(results: Sequence[Result]) -> dict[str, float]:
    """Return what a later run is held against: ours over by hand, and ours over the fastest of the others."""
    by_hand = {f"{each.job.name} / by hand": each.to_hand for each in results}
    return {**by_hand, **{f"{each.job.name} / fastest peer": 1 / each.to_peer for each in results}}
