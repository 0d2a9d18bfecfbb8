"""The local API as processes of its own, which can be killed and started again."""

import base64
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.options import ROOT
from tests.load.plan import Key
from tests.load.verdict import Stored
from tipbandit.codec import decode
from tipbandit.policies.registry import POLICIES

LOCAL: Final = ("-m", "local", "--no-session")
BROKEN: Final = ("-m", "tests.load.broken_stack")
_PATIENCE_S: Final = 60.0
_KIND: Final = "state#"
_STORE: Final = "local.emulator"


class StackError(Exception):
    """The API did not start, or did not end."""


@dataclass
class Stack:
    """``python -m local`` in a process group of its own.

    Attributes:
        state: where it keeps its state.
        environments: how many each function may have; so many rewards are at work at once.
        command: what Python runs: the service, or a broken one.
        port: 0 until the first start, then always the same.
    """

    state: Path
    environments: int
    command: Sequence[str] = LOCAL
    port: int = 0
    _process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it, once nobody holds its state any more, and return its address."""
        self._await_release()
        options = {"port": self.port, "state": self.state, "environments": self.environments}
        given = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        self._process = process = subprocess.Popen(
            [sys.executable, *self.command, *given], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Serving on "):
                url = line.split()[2]
                self.port = int(url.rpartition(":")[2])
                return url
        raise StackError(f"it did not start; exit status {process.wait()}")

    def stop(self) -> None:
        """Have it end in order, which saves the state."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
        self._end()

    def kill(self, *, with_store: bool = False) -> None:
        """End the API and all environments at once.

        The emulator saves what it has acknowledged when the API is gone: it stands for a table that loses nothing.
        ``with_store`` ends it too, and so loses what was learned since the start.
        """
        children = self._children()
        if with_store:
            _kill(pid for pid, command in children.items() if _STORE in command)
        self._kill_api()
        _kill(pid for pid, command in children.items() if _STORE not in command)
        self._end()

    def kill_environments(self) -> int:
        """End every environment at once, under a living API, and return how many."""
        return _kill(pid for pid, command in self._children().items() if "environment.py" in command)

    def close(self) -> None:
        """Leave nothing behind: not the emulator either, which still saves."""
        self._kill_api()
        self._end()
        self._await_release()

    def stored(self) -> dict[Key, Stored]:
        """Decode what a stack that has ended has saved."""
        self._await_release()
        saved = json.loads((self.state / "state.json").read_text("utf-8"))
        items = [item for table in saved["tables"].values() for item in table if item["kind"]["S"].startswith(_KIND)]
        return {(item["user_id"]["S"], item["kind"]["S"].removeprefix(_KIND)): _stored(item) for item in items}

    def counted(self, *names: str) -> dict[str, float]:
        """Add up metrics of the reward function, as far as it lived to log them."""
        sums = dict.fromkeys(names, 0.0)
        for line in (self.state / "logs/RewardFunction.log").read_text("utf-8", "replace").splitlines():
            if not line.startswith("{"):
                continue
            logged = json.loads(line)
            for name in names:
                sums[name] += sum(logged.get(name, [0.0])) if "_aws" in logged else 0.0
        return sums

    def _children(self) -> dict[int, str]:
        """The commands of the processes that the API has started, by their ids."""
        listed = subprocess.run(["ps", "-Aww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
        ours = str(self._process.pid) if self._process else ""
        return {int(pid): " ".join(command) for pid, parent, *command in rows if parent == ours}

    def _kill_api(self) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _end(self) -> None:
        """Wait for the API to be gone; its children leave by themselves."""
        if self._process is not None:
            self._process.wait(_PATIENCE_S)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def _await_release(self) -> None:
        """Wait until the state is saved: its lock is held until then."""
        self.state.mkdir(parents=True, exist_ok=True)
        ends = time.monotonic() + _PATIENCE_S
        with (self.state / "lock").open("a") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() > ends:
                        raise StackError("the last run still holds the state") from None
                    time.sleep(0.05)
                else:
                    return


def _kill(pids: Iterator[int]) -> int:
    killed = 0
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        killed += 1
    return killed


def _stored(item: Mapping[str, Mapping[str, str]]) -> Stored:
    policy = POLICIES[item["kind"]["S"].removeprefix(_KIND)]
    snapshot = decode(base64.b64decode(item["blob"]["B"]), policy.feature_set)
    return Stored(snapshot.state.n, snapshot.state.reward_sum, snapshot.rewarded)
