"""The system's time and chance."""

import os
import time


class SystemClock:
    """``ports.Clock`` of the machine; its entropy is read anew each time, so no two environments share it."""

    def now_ms(self) -> int:
        """See ``ports.Clock.now_ms``."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """See ``ports.Clock.monotonic``."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """See ``ports.Clock.sleep``."""
        time.sleep(seconds)

    def entropy(self, size: int) -> bytes:
        """See ``ports.Clock.entropy``."""
        return os.urandom(size)
