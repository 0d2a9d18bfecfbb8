"""Play the items of a run on a Dask cluster. Needs ``distributed``, which most runs do without."""

from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Final

from distributed import Client, KilledWorker, as_completed

from tipbandit_lab.code_version import digest
from tipbandit_lab.plan import Item, Plan
from tipbandit_lab.workers import Done, WorkError, work

_TIMEOUT_S: Final = 20


@dataclass(frozen=True, slots=True)
class Dask:
    """An item is a task; its tables come back as they are, so that workers need no disk in common.

    Attributes:
        address: of the scheduler.
    """

    address: str

    def __call__(self, plan: Plan, items: Sequence[Item]) -> Done:
        """Play the items, in whatever order they are done.

        Raises:
            WorkError: if there is no scheduler or an item fails.
        """
        with self._connected() as client:
            futures = {client.submit(work, plan, item, digest(), pure=False): item for item in items}
            try:
                for future in as_completed(futures):  # type: ignore[no-untyped-call]
                    yield futures[future], future.result()
            except (KilledWorker, CancelledError, OSError) as error:
                raise WorkError(f"the Dask cluster failed: {error}") from None
            finally:
                client.cancel(list(futures))

    def _connected(self) -> Client:
        try:
            return Client(self.address, timeout=_TIMEOUT_S)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TypeError) as error:
            raise WorkError(f"no Dask scheduler answers at {self.address}: {error}") from None
