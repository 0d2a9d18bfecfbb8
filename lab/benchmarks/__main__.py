"""``python -m benchmarks [policies|sizes|handlers|contention|imports ...]``: run some or all, print their tables."""

import argparse
import os
import platform
import sys
import time

import numpy as np
from rich.console import Console

from benchmarks import contention, generation, handlers, imports, policies, scale, sizes, starts

_ALL = (sizes, policies, handlers, generation, scale, contention, imports, starts)
BENCHMARKS = {each.__name__.rpartition(".")[2]: each.run for each in _ALL}


def main() -> None:
    """Run what was asked for; tables go to stdout, progress to stderr."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="What tipbandit costs, as Markdown tables.")
    parser.add_argument("name", nargs="*", help=f"one of {', '.join(BENCHMARKS)}; all of them where none is named")
    names = parser.parse_args().name or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    started = time.monotonic()
    with Console(stderr=True).status("starting") as status:
        reports = [BENCHMARKS[name](status.update) for name in names]
    seconds = time.monotonic() - started
    sys.stdout.write("\n".join([f"{_machine()}; {seconds:.0f} s\n", *map(str, reports)]))


def _machine() -> str:
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"Python {platform.python_version()}, numpy {np.__version__}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} CPUs, load {load}"
    )


if __name__ == "__main__":
    main()
