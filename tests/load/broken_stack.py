"""``python -m local`` with something broken inside: ``python -m tests.load.broken_stack FAULT``."""

import argparse
import contextlib
from pathlib import Path

from local.options import Options
from local.service import running
from tests.load import broken_environment


def main() -> None:
    """Run it until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.broken_stack")
    parser.add_argument("fault", choices=broken_environment.FAULTS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--environments", type=int, required=True)
    given = vars(parser.parse_args())
    variables = {broken_environment.VARIABLE: given.pop("fault")}
    program = Path(broken_environment.__file__).resolve()
    with contextlib.suppress(KeyboardInterrupt), running(Options(**given, program=program, variables=variables)) as it:
        print(f"Serving on {it.url} until Ctrl-C.", flush=True)  # noqa: T201  whoever started it waits for this
        it.emulator.wait()


if __name__ == "__main__":
    main()
