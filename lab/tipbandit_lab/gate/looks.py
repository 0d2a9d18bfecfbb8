"""How often a comparison has been looked at: the decisions kept in one directory are the memory."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.record import Look, stem
from tipbandit_lab.gate.statistics import spent


class _Number(BaseModel):
    number: Annotated[int, Field(ge=1)]


class _Earlier(BaseModel):
    """What is read of an earlier record, of whichever format."""

    candidate: str
    incumbent: str
    fingerprint: str
    look: _Number


def look(criteria: Criteria, number: int) -> Look:
    """Return what the look of this number spends."""
    total = criteria.alpha * number / (number + 1)  # the sum of 1/(k (k + 1)) up to k = number
    return Look(number, spent(criteria.alpha, number), spent(criteria.harm_alpha, number), total)


def place(
    directory: Path, candidate: str, incumbent: str, fingerprint: str, *, at_least: int | None = None
) -> tuple[int, Path]:
    """Return which look this is, from 1, and the path of its record.

    The same numbers looked at again (``fingerprint``) are the same look. Anything else is one more: other seeds, more
    of them, or a changed candidate under the same name.

    Args:
        directory: where the records of earlier decisions are.
        candidate: who is to be promoted.
        incumbent: against whom.
        fingerprint: names the numbers that are judged.
        at_least: the number of this look if looks were taken that have no record here.

    Raises:
        ValueError: if an earlier record cannot be read (it might be a look), if ``at_least`` forgets looks, or if the
            path is taken by another comparison.
    """
    records = _earlier(directory)
    ours = [each for each in records.values() if (each.candidate, each.incumbent) == (candidate, incumbent)]
    same = [each.look.number for each in ours if each.fingerprint == fingerprint]
    number = max(same) if same else 1 + max((each.look.number for each in ours), default=0)
    if at_least is not None and at_least < number:
        raise ValueError(f"this is look {number} at {candidate} against {incumbent}, it cannot be look {at_least}")
    number = max(number, at_least or 0)
    path = directory / f"{stem(candidate, incumbent, number)}.json"
    if path in records and records[path] not in ours:
        raise ValueError(f"{path} is taken by {records[path].candidate} against {records[path].incumbent}")
    return number, path


def _earlier(directory: Path) -> dict[Path, _Earlier]:
    found, wrong = {}, []
    for path in sorted(directory.glob("*-against-*.json")):
        try:
            found[path] = _Earlier.model_validate_json(path.read_bytes())
        except ValidationError as error:
            fields = sorted({".".join(map(str, each["loc"])) or "not JSON" for each in error.errors()})
            wrong.append(f"{path} ({', '.join(fields)})")
    if wrong:
        raise ValueError(f"looks cannot be counted, these are no records of decisions: {'; '.join(wrong)}")
    return found
