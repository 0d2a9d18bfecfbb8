"""``python -m tests.interleaving``: explore interleavings, or run one again."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tests.interleaving.designs import Design
from tests.interleaving.doubles import DOUBLES, design_of
from tests.interleaving.exploring import Schedule, explore, read, replay, report, written
from tests.interleaving.fleet import Fleet, launched
from tests.interleaving.wire import EFFECTS

_PROGRESS_S: Final = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if no law is broken, 1 if one is."""
    parser = argparse.ArgumentParser(prog="python -m tests.interleaving", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, metavar="N", help="how many schedules (%(default)s)")
    parser.add_argument("--minutes", type=float, metavar="M", help="stop after this long, whatever is left")
    parser.add_argument("--from", type=int, default=0, metavar="S", dest="first", help="the first seed (%(default)s)")
    parser.add_argument("--replay", type=_schedule, metavar="STEPS", help="run this schedule instead, as printed")
    parser.add_argument("--design", choices=DOUBLES, help="explore a design that is wrong instead of the service's")
    asked = parser.parse_args(arguments)
    with launched() as fleet:
        if asked.replay is not None:
            return _replay(fleet, asked.replay, design_of(asked.design))
        seeds = range(asked.first, asked.first + asked.seeds)
        return _explore(fleet, seeds, asked.design, None if asked.minutes is None else asked.minutes * 60)


def _schedule(text: str) -> Schedule:
    try:
        return read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _replay(fleet: Fleet, schedule: Schedule, design: Design) -> int:
    run = replay(fleet, schedule, design)
    if run.schedule != schedule:
        _say(f"possible were: {written(run.schedule)}")
    for breach in run.breaches:
        _say(f"broken: {breach}")
    if not run.breaches:
        _say("no law is broken")
    return int(bool(run.breaches))


def _explore(fleet: Fleet, seeds: range, wrong: str | None, within_s: float | None) -> int:
    tally: Counter[str] = Counter()
    began = told = time.monotonic()
    is_broken = False
    for seed in seeds:
        run = explore(fleet, seed, design_of(wrong))
        tally += run.tally
        is_broken = bool(run.breaches)
        if is_broken:
            _say(report(fleet, seed, run, wrong))
        if is_broken or (within_s is not None and time.monotonic() - began > within_s):
            break
        if time.monotonic() - told > _PROGRESS_S:
            told = time.monotonic()
            _say(f"{tally['schedules']:,} of {len(seeds):,} schedules in {told - began:.0f} s")
    _say(_summary(tally, time.monotonic() - began))
    return int(is_broken)


def _summary(tally: Counter[str], seconds: float) -> str:
    faults = ", ".join(f"{effect} {tally[effect]:,}" for effect in EFFECTS if effect != "ok")
    requests = ", ".join(f"{tally[kind]:,} {kind}" for kind in ("scores", "rewards", "resets"))
    return (
        f"{tally['schedules']:,} schedules of {tally['steps']:,} steps in {seconds:.0f} s: {requests}, of which "
        f"{tally['crashes']:,} crashed; {tally['calls']:,} calls, {tally['writes']:,} writes carried out, "
        f"{tally['conflicts']:,} lost to another\n"
        f"what became of the calls: {faults}\n"
        f"applied once, and acknowledged to two who asked: {tally['acknowledged_twice']:,}"
    )


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
