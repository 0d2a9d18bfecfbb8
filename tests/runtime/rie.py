"""Runs the emulator of the runtime API that the arguments name, for as long as standard input stays open.

It is started as ``local.child`` starts everything, so that it cannot outlive who started it.
"""

import json
import os
import subprocess
import sys
import threading


def main() -> None:
    """Start it, say under which process id, and stop it in the end, which stops the function."""
    with subprocess.Popen(sys.argv[1:-1], stdin=subprocess.DEVNULL) as emulator:  # by the test that starts this

        def stop() -> None:
            os.read(sys.stdin.fileno(), 1)
            emulator.terminate()

        threading.Thread(target=stop, daemon=True).start()
        os.write(int(sys.argv[-1]), json.dumps({"pid": emulator.pid}).encode() + b"\n")


if __name__ == "__main__":
    main()
