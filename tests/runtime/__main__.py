"""Gives recorded events to what was built, under the real runtime loop: ``python -m tests.runtime [CASE ...]``.

It starts an emulated AWS of its own, with nothing in it, and one environment of each function that is needed.
`make runtime` builds first.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from tests.runtime.environment import Environment
from tests.runtime.stack import running
from tests.support.recorded import recorded, report


def main(arguments: Sequence[str] | None = None) -> int:
    """Return how many cases were answered otherwise than expected."""
    parser = argparse.ArgumentParser(prog="python -m tests.runtime")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="such as score/ok; without any, all of events/")
    parser.add_argument("--logs", action="store_true", help="print what the environments logged, too")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as logs, running(Path(logs)) as stack, ExitStack() as cleanup:

        @cache
        def environment(name: str) -> Environment:
            return cleanup.enter_context(stack.environment(name))

        wrong = report(given.cases, lambda case: environment(case.partition("/")[0]).invoke(recorded(case)))
        if given.logs:
            sys.stdout.writelines(log.read_text() for log in sorted(Path(logs).glob("*.log")))
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
