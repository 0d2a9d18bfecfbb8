"""Put an export into a new table: checked from end to end before the first write, and never over what is there."""

from dataclasses import dataclass

from operations.archive import Archive, Progress
from operations.errors import OperationsError
from operations.table import Table, kind_of


@dataclass(frozen=True, slots=True)
class Restored:
    """How many items were written, and how many an interrupted restore had written before."""

    written: int
    there_before: int


def restore(archive: Archive, table: Table, *, resume: bool, progress: Progress) -> Restored:
    """Write every item of a checked export as it is, ``ver`` and ``epoch`` included.

    Args:
        archive: the export, checked.
        table: an empty one; with ``resume`` one that an interrupted restore of the same export has begun to fill.
        resume: go on with an interrupted restore.
        progress: called once an item.

    Raises:
        OperationsError: if the table holds anything else than a part of the export; nothing of that is changed.
    """
    if not resume and table.holds_anything():
        raise OperationsError(
            f"{table.name} is not empty: restore into a new table, or go on with an interrupted restore by --resume"
        )
    written = there_before = 0
    for item in archive:
        if table.put_new(item):
            written += 1
        elif table.stored(item) == item:
            there_before += 1
        else:
            raise OperationsError(
                f"{table.name} has a {kind_of(item)} that is not the export's: it has been in use, "
                f"and nothing was written over it ({written} items were added)"
            )
        progress()
    return Restored(written, there_before)
