"""``python -m benchmarks [arithmetic|sizes|handlers|contention|imports ...]``: run some or all, print their tables."""

import argparse
import os
import platform
import sys
import time

import numpy as np
from rich.console import Console

from benchmarks import (
    arithmetic,
    contention,
    features,
    first,
    generation,
    growth,
    handlers,
    imports,
    offered,
    scale,
    sizes,
    starts,
    warm,
)

_ALL = (sizes, arithmetic, handlers, generation, scale, contention, imports, starts)
_LONG = (growth, warm, first, offered, features)
"""Minutes each: run where they are named."""
BENCHMARKS = {each.__name__.rpartition(".")[2]: each.run for each in (*_ALL, *_LONG)}


def main() -> None:
    """Run what was asked for; tables go to stdout, progress to stderr."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="What tipbandit costs, as Markdown tables.")
    parser.add_argument(
        "name", nargs="*", help=f"one of {', '.join(BENCHMARKS)}; where none is named, all but the longest"
    )
    names = parser.parse_args().name or list(BENCHMARKS)[: len(_ALL)]
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
