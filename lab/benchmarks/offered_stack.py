"""The local stack as a process of its own: ``python -m benchmarks.offered_stack FD``, as ``local.child`` has it.

The order says where it keeps its ``state``, how many ``environments`` a function may have, and what the functions are
told besides what the template says (``variables``). The answer says where it serves; the next line ends it in order.
"""

import json
import os
import sys
from pathlib import Path

from local.options import Options
from local.service import running


def main() -> None:
    """Run the stack until told to stop, or nobody is there to tell."""
    with os.fdopen(int(sys.argv[-1]), "wb") as answers:
        order = json.loads(sys.stdin.readline())
        options = Options(state=Path(order["state"]), environments=order["environments"], variables=order["variables"])
        with running(options) as service:
            answers.write(json.dumps({"url": service.url, "endpoint": service.endpoint}).encode() + b"\n")
            answers.flush()
            sys.stdin.readline()


if __name__ == "__main__":
    main()
