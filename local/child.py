"""The processes of the stack, started so that none can outlive it.

A child reads its orders from standard input and leaves when it ends. Only this process holds the other end,
so the operating system closes it however this process goes, ``kill -9`` included. Children get a session of
their own: Ctrl-C in the terminal reaches only the parent, which stops them in order.
"""

import contextlib
import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

REGION: Final = "us-east-1"
"""The region ``sam local invoke`` uses unless told otherwise, so that both see the same tables."""

ACCOUNT: Final = "123456789012"

_CHUNK: Final = 1 << 16
_LAST_WORDS_S: Final = 1.0
_NAP_S: Final = 0.5


class ChildDiedError(Exception):
    """The process is gone, or its pipes are."""


class Child:
    """A Python process that takes JSON lines on standard input and answers on a pipe of its own.

    It runs ``python -P <arguments> <descriptor to answer on>`` in `directory`. `log` gets what it prints,
    `variables` join what every child's environment has, and the descriptors `keep` stay open while it lives.
    `interpreter` is the Python of another environment; without it, a child runs this one's.
    """

    def __init__(  # noqa: PLR0913  (what a process is made of)
        self,
        arguments: Iterable[str],
        *,
        directory: Path,
        log: Path,
        variables: Mapping[str, str],
        keep: Iterable[int] = (),
        interpreter: str | None = None,
    ) -> None:
        self.log = log
        self._buffer = b""
        self._answers, answers = os.pipe()
        orders, self._orders = os.pipe()
        try:
            with log.open("ab") as output:
                self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and our own files)
                    [interpreter or sys.executable, "-P", *arguments, str(answers)],
                    cwd=directory,
                    env=environment(variables),
                    stdin=orders,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=(answers, *keep),
                    start_new_session=True,
                )
        finally:
            os.close(answers)
            os.close(orders)

    def ask(self, message: Mapping[str, Any], timeout_s: float) -> dict[str, Any]:
        """Send `message` and return the answer to it.

        Raises:
            TimeoutError: none came in time.
            ChildDiedError: none will come.
        """
        self.send(message)
        return self.receive(timeout_s)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send `message`.

        Raises:
            ChildDiedError: nobody reads it.
        """
        line = memoryview(json.dumps(message, default=str).encode() + b"\n")
        try:
            while line:
                line = line[os.write(self._orders, line) :]
        except OSError as error:
            raise ChildDiedError from error

    def receive(self, timeout_s: float) -> dict[str, Any]:
        """The next answer.

        Raises:
            TimeoutError: none came in time.
            ChildDiedError: none will come.
        """
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._buffer:
            self._await_answers(deadline)
            chunk = os.read(self._answers, _CHUNK)
            if not chunk:
                raise ChildDiedError
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _await_answers(self, deadline: float) -> None:
        """Wait until there is something to read, or nothing ever will be.

        A signal that arrives just before a thread blocks does not wake it, so nobody here blocks for long:
        Ctrl-C must not wait for an answer that does not come.

        Raises:
            TimeoutError: the deadline passed.
        """
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        while not poll.poll(1000 * min(_NAP_S, max(0.0, deadline - time.monotonic()))):
            if time.monotonic() >= deadline:
                raise TimeoutError

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Wait for the process to close its pipes, which it does when it ends."""
        self._await_answers(math.inf)

    def reap(self) -> int:
        """Return the exit status of a process that has closed its pipes, and so is about to end."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WORDS_S)
        self.kill()
        return self._process.wait()

    def kill(self) -> None:
        """End the process, and whatever it has started, at once; callable from any thread."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End the process and give back its pipes; once, by the thread that talks to it."""
        self.kill()
        for descriptor in (self._orders, self._answers):
            os.close(descriptor)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """A child's environment: `variables` and nothing that could reach a real AWS account.

    The person's own profile, credentials and proxies are left behind on purpose.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONUTF8": "1",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **variables,
    }
