"""Requests to the service, one a user, and the same as the arrays of one moment; and what to draw them from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from hypothesis import strategies as st

from tipbandit.contracts.inputs import Candidate, Context, ProfileFeatures
from tipbandit.features.schema import INPUTS
from tipbandit_lab.arrays import Floats
from tipbandit_lab.moments import Moment, Profiles, Tips
from tipbandit_lab.players import Seen

OF_CANDIDATES: Final = tuple(name for name in INPUTS if INPUTS[name].source == "candidate")
OF_PROFILES: Final = tuple(name for name in INPUTS if INPUTS[name].source == "profile")


@dataclass(frozen=True)
class Request:
    """What one user's decision is made from."""

    context: Context
    candidates: list[Candidate]
    profile: ProfileFeatures | None


def legal(name: str) -> st.SearchStrategy[float]:
    """Return every value the schema table allows one input."""
    row = INPUTS[name]
    if row.dtype == "integer":
        return st.integers(int(row.low), int(row.high))
    return st.floats(row.low, row.high, exclude_max=row.below_high)


@st.composite
def crowds(draw: st.DrawFn) -> list[Request]:
    """Return one request each of one to four users: all with a profile or none, which is how cohorts are."""
    users, count = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    profiled = draw(st.booleans())
    return [
        Request(
            Context(hour=draw(legal("hour")), weekday=int(draw(legal("weekday")))),
            [Candidate(tip_id="t", **_numbers(draw, OF_CANDIDATES)) for _ in range(count)],
            ProfileFeatures(**_numbers(draw, OF_PROFILES)) if profiled else None,
        )
        for _ in range(users)
    ]


def crowd(draw: np.random.Generator, *, users: int, candidates: int, absent: float = 0.3) -> list[Request]:
    """Return a request of each user with numbers as they occur, a share of them absent; some candidates are twins."""

    def some(**numbers: float) -> dict[str, Any]:
        return {name: None if draw.random() < absent else number for name, number in numbers.items()}

    def candidate() -> Candidate:
        due_in_hours = draw.exponential(30) - 6
        age_hours = draw.exponential(40)
        return Candidate(tip_id="t", **some(priority=draw.random(), due_in_hours=due_in_hours, age_hours=age_hours))

    def request() -> Request:
        tips = [candidate() for _ in range(candidates)]
        tips[-1] = tips[draw.integers(candidates)]
        rates = some(completion_rate=draw.random(), dismiss_rate=draw.random(), mean_dwell_s=draw.exponential(100))
        others = some(preferred_hour=draw.random() * 24, tips_30d=int(draw.integers(2_000)))
        context = Context(hour=draw.random() * 24, weekday=int(draw.integers(7)))
        return Request(context, tips, ProfileFeatures(**rates, **others))

    return [request() for _ in range(users)]


def asked(requests: Sequence[Request], ids: bytes | None = None) -> Seen:
    """Return the requests as what a player is asked with; the decision ids have 16 bytes each."""
    users = len(requests)
    tips = {
        name: _table([[getattr(each, name) for each in one.candidates] for one in requests]) for name in OF_CANDIDATES
    }
    luck = np.zeros(users)
    moment = Moment(
        number=0,
        day=0,
        hour=np.array([one.context.hour for one in requests]),
        weekday=np.array([one.context.weekday for one in requests]),
        at_ms=np.zeros(users, dtype=np.int64),
        tips=Tips(kind=np.zeros_like(tips["priority"], dtype=np.int64), **tips),
        ids=np.frombuffer(ids or bytes(16 * users), dtype=np.uint8).reshape(users, 16),
        mood=luck,
        glance=luck,
        pace=luck,
    )
    return Seen(moment, _profiles(requests), np.zeros_like(tips["priority"]))


def _profiles(requests: Sequence[Request]) -> Profiles | None:
    if requests[0].profile is None:
        return None
    return Profiles(**{name: _table([getattr(one.profile, name) for one in requests]) for name in OF_PROFILES})


def _table(rows: Sequence[Any]) -> Floats:
    """Users last, None as NaN."""
    return np.ascontiguousarray(np.array(rows, dtype=np.float64).T)


def _numbers(draw: st.DrawFn, names: Sequence[str]) -> dict[str, Any]:
    return {name: draw(st.none() | legal(name)) for name in names}
