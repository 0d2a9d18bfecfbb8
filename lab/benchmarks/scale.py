"""Many users at once: against deciding one after the other, and how time and memory grow with the users."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from benchmarks import contest, crowds, vowpal
from benchmarks.tables import Report
from benchmarks.timing import Times

TIMES_PEER: Final = 100.0
MOST_STATE_BYTES: Final = 1_300
SIZES: Final = (1, 1_000, 100_000)
_ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_MB: Final = 1e6
_AT_ONCE: Final = (contest.ALONE, contest.OF_FOUR, contest.NOT_HASHING)

Progress = Callable[[str], None]


def run(progress: Progress) -> Report:
    """Race them all, then run one, a thousand and a hundred thousand users."""
    progress(f"scale: {contest.USERS:,} users against one after the other")
    raced = {name: Times(tuple(rounds)) for name, rounds in _alone("contest").items()}
    sizes = {}
    for users in SIZES:
        progress(f"scale: {users:,} users")
        sizes[users] = _alone("crowds", str(users))
    head = ["", "us", "spread", "/ alone", "/ one of four", "/ not hashing"]
    rows = [[name, *_cells(times, raced)] for name, times in raced.items()]
    title = f"Scale: choose among {crowds.CANDIDATES} and learn, CPU a decision, {contest.USERS:,} users"
    ratios = {f"{name} / {contest.SERVICE}": raced[name].over(raced[contest.SERVICE]) for name in _AT_ONCE}
    return Report(title, head, rows, f"{_race_remarks(raced)}\n\n{_sizes_report(sizes)}", ratios)


def _alone(module: str, *arguments: str) -> Any:  # noqa: ANN401  JSON
    """Run a module of ours in an interpreter of its own, where numpy's libraries start no threads."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    environment = {**os.environ, **_ONE_THREAD}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  our own
    return json.loads(done.stdout)


def _cells(times: Times, raced: Mapping[str, Times]) -> list[str]:
    return [f"{times.median:,.2f}", f"{times.spread:.0%}", *(f"{times.over(raced[name]):,.1f}" for name in _AT_ONCE)]


def _race_remarks(raced: Mapping[str, Times]) -> str:
    peers = {name: times for name, times in raced.items() if name not in (*_AT_ONCE, contest.SERVICE)}
    fastest = min(peers, key=lambda name: peers[name].median)
    verdicts = [_verdict(peers[fastest].over(raced[name])) for name in _AT_ONCE]
    missing = [f"- {name} is not installed: it has no wheel for every Python." for name in vowpal.missing()]
    return "\n".join([_GOAL.format(fastest, *verdicts), _JOBS, *missing])


_GOAL: Final = f"""\
- Goal, at least {TIMES_PEER:g} times as fast as the fastest peer, here {{}}:
  alone {{}}; as one of four players of a run {{}}; not hashing {{}}.
- The service draws by a keyed hash of each decision id. A run computes it once for all players, and the columns of x
  too, which is why one of four costs less than one alone. *Not hashing* draws from a generator, as the peers do."""

_JOBS: Final = f"""\
- All choose among the same {crowds.CANDIDATES} candidates, with the features of {crowds.POLICY.key}, by epsilon-greedy,
  and learn the reward. The contexts are drawn before. Ours comes from the tips themselves and encodes them; the others
  are given x, Vowpal Wabbit as lines of text that were written before, parsed once to choose and to learn.
- *One model* is for all users together, which is less than what ours does. *A model a user*: {vowpal.MODELS} users
  have their own, of 2^10 weights. *User by user*: the functions of the service, from x to the next state, hash and all.
- Ours keeps a ridge regression of each user, solved anew for every decision; Vowpal Wabbit takes gradient steps."""


def _verdict(times: float) -> str:
    return f"{'met' if times >= TIMES_PEER else 'MISSED'} ({times:.0f})"


def _sizes_report(sizes: Mapping[int, Mapping[str, float]]) -> Report:
    head = ["users", "blocks", "decisions", "choose and learn, 1/s", "whole run, 1/s", "peak MB", "above imports"]
    rows = [[f"{users:,}", *_size_cells(taken)] for users, taken in sizes.items()]
    last = sizes[max(sizes)]
    state, larger = last["state_bytes"], last["profile_state_bytes"]
    verdict = "met" if larger <= MOST_STATE_BYTES else "MISSED"
    remarks = f"""\
- Decisions a second of CPU, one core. *Whole run*: the users' minds, their tips and the tables of the run too.
- Users come in blocks of at most {crowds.BLOCK:,}, one after the other: memory is that of one block.
- Goal, at most {MOST_STATE_BYTES:,} bytes of state a user with D=12: {verdict} ({larger:.0f}; {state:.0f} with D=7).
"""
    return Report("Scale: users of one run", head, rows, remarks)


def _size_cells(taken: Mapping[str, float]) -> list[str]:
    rates = (taken["decisions"] / taken[what] for what in ("deciding_seconds", "seconds"))
    peak, imported = taken["peak_bytes"] / _MB, taken["imported_bytes"] / _MB
    counts = (f"{taken['blocks']:,.0f}", f"{taken['decisions']:,.0f}")
    return [*counts, *(f"{rate:,.0f}" for rate in rates), f"{peak:,.0f}", f"{peak - imported:,.0f}"]
