"""``python -m benchmarks.check``: have the ratios of the short benchmarks become worse than the committed ones?

Ratios only: both sides were measured side by side, so another machine, or a busy one, changes little. What remains is
noise, so the tolerance is generous, what seems worse is measured once more, and the answer is a report: the exit status
is 0 whatever it says, unless ``--strict`` asks for 1 where something is worse or missing.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks import check_short
from benchmarks.check_verdicts import BASELINES, Baselines, Verdict, judged, worse
from benchmarks.tables import Report

Measure = Callable[[str], Mapping[str, float]]


def main(arguments: Sequence[str] | None = None, measure: Measure = check_short.ratios) -> int:
    """Measure, compare, print the report; return the exit status."""
    options = _options(arguments)
    started = time.monotonic()
    baselines = Baselines.load(options.baselines)
    measured = {name: _said(measure, name) for name in options.name or check_short.SHORT}
    verdicts = judged(measured, baselines)
    if not options.write:
        for name in {each.benchmark for each in verdicts if each.is_slower}:
            again = _said(measure, name)
            measured[name] = {each: min(ratio, again.get(each, ratio)) for each, ratio in measured[name].items()}
        verdicts = judged(measured, baselines)
    sys.stdout.write(str(_report(verdicts, baselines, time.monotonic() - started)))
    if options.write:
        baselines.updated(measured).save(options.baselines)
        return 0
    return int(options.strict and worse(verdicts))


def _said(measure: Measure, name: str) -> dict[str, float]:
    sys.stderr.write(f"{name}\n")
    return dict(measure(name))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    short = check_short.SHORT
    parser = argparse.ArgumentParser(prog="benchmarks.check", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"one of {', '.join(short)}; all of them where none is named")
    parser.add_argument("--strict", action="store_true", help="exit status 1 where something is worse or missing")
    parser.add_argument("--write", action="store_true", help="make what was measured the new baselines")
    parser.add_argument("--baselines", type=Path, default=BASELINES, metavar="FILE", help="other ones, for a trial")
    options = parser.parse_args(arguments)
    if unknown := set(options.name) - set(short):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(short)}")
    return options


def _report(verdicts: Sequence[Verdict], baselines: Baselines, seconds: float) -> Report:
    counts = Counter(each.word for each in verdicts)
    title = f"Ratios against the baselines: {', '.join(f'{count} {word}' for word, count in counts.items())}"
    return Report(
        title,
        ["", "baseline", "now", "now / baseline", "allowed", ""],
        [*map(_row, verdicts)],
        _about(baselines, seconds),
    )


def _row(verdict: Verdict) -> list[str]:
    numbers = (verdict.before, verdict.now, verdict.change, verdict.allowed)
    cells = ("" if number is None else f"{number:.3g}" for number in numbers)
    return [f"{verdict.benchmark}: {verdict.name}", *cells, verdict.word]


def _about(baselines: Baselines, seconds: float) -> str:
    return f"""\
- The smaller the better; *slower* is beyond what is allowed, *faster* as far the other way: then `--write` keeps it.
- *missing* has a baseline and was not measured; *new* was measured and has none. {seconds:.0f} s.
- Baselines: {baselines.made_on}.
"""


if __name__ == "__main__":
    sys.exit(main())
