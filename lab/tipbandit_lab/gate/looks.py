"""How often a comparison has been looked at: the decisions kept in one directory are the memory."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.logged import LoggedCriteria, LoggedLook
from tipbandit_lab.gate.record import Look, stem
from tipbandit_lab.gate.statistics import spent


class _Number(BaseModel):
    number: Annotated[int, Field(ge=1)]


class _Test(_Number):
    test: str
    bound: Literal["fixed", "anytime"]
    alpha: float
    spent: float


class _Tests(BaseModel):
    look: _Test
    earlier: tuple[_Test, ...]


class _Earlier(BaseModel):
    """What is read of an earlier record, of whichever format."""

    candidate: str
    incumbent: str
    fingerprint: str
    look: _Number
    logged: _Tests | None = None


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


def logged_look(  # noqa: PLR0913 - a test has as many parts
    directory: Path,
    candidate: str,
    incumbent: str,
    test: str,
    criteria: LoggedCriteria,
    *,
    at_least: int | None = None,
) -> tuple[LoggedLook, tuple[LoggedLook, ...]]:
    """Return which test on logged data this is, and all others of the comparison that there were.

    They are counted apart from the looks at simulations: each eye has its own error probability to spend, as both must
    pass. A record keeps the tests of those it replaces.

    Args:
        directory: where the records of earlier decisions are.
        candidate: who is to be promoted.
        incumbent: against whom.
        test: names the test; one that was taken before is the same look.
        criteria: of which this spends.
        at_least: the number of this look if looks were taken that have no record here.

    Raises:
        ValueError: if an earlier record cannot be read, or ``at_least`` forgets looks.
    """
    kept = [
        each
        for record in _earlier(directory).values()
        if record.logged is not None and (record.candidate, record.incumbent) == (candidate, incumbent)
        for each in (*record.logged.earlier, record.logged.look)
    ]
    known = {each.test: each for each in sorted(kept, key=lambda each: each.number)}
    number = known[test].number if test in known else 1 + max((each.number for each in known.values()), default=0)
    if at_least is not None and at_least < number:
        raise ValueError(
            f"this is look {number} at logged data of {candidate} against {incumbent}, it cannot be look {at_least}"
        )
    number = max(number, at_least or 0)
    total = criteria.alpha * number / (number + 1)
    this = LoggedLook(number=number, test=test, bound=criteria.bound, alpha=spent(criteria.alpha, number), spent=total)
    return this, tuple(LoggedLook(**each.model_dump()) for each in known.values() if each.test != test)


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
