"""What a run of the pipeline is asked for."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from tipbandit.policies.registry import POLICIES
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.logged import LoggedCriteria
from tipbandit_lab.prior import PRIORS
from tipbandit_lab.prior.naming import policy_of
from tipbandit_lab.world import Setting

Days = tuple[date, date]

LAB: Final = Path(__file__).parents[2]
ROOT: Final = LAB / "results" / "pipeline"
DECISIONS: Final = LAB / "registry" / "decisions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A run of the pipeline.

    Attributes:
        lake: a directory, or s3://bucket/prefix.
        candidate: the policy that may serve: its key, or ``<key>@<version>`` to start new users from a prior.
        incumbent: the one that serves, likewise.
        prior: whether a prior of the candidate is learned on the way.
        priors: the directory with the documents of priors that are named, ``<version>.json``.
        days: the first and the last UTC day of the decisions that count; all, if None.
        personas: of the gate's simulation, by name or group.
        seeds: of the gate's simulation, from 0 on.
        setting: how much there is of everything in one of its cohorts.
        criteria: the gate's thresholds in the simulation.
        logged: the gate's thresholds on logged data.
        cold: a user is cold until they gave so many rewards.
        root: where the steps are kept.
        decisions: where the gate's decisions are kept, which are its memory of looks.
        registry: URI of the tracking server; empty for the registry of this laboratory.
        workers: processes of the simulation.
        dask: the address of a Dask scheduler; None: here.

    Raises:
        ValueError: if a field is wrong; all of them are named.
    """

    lake: str
    candidate: str
    incumbent: str
    prior: bool = False
    priors: Path = PRIORS
    days: Days | None = None
    personas: tuple[str, ...] = ("all",)
    seeds: int = 20
    setting: Setting = field(default_factory=lambda: Setting(users=8, days=14, moments_a_day=4))
    criteria: Criteria = field(default_factory=Criteria)
    logged: LoggedCriteria = field(default_factory=LoggedCriteria)
    cold: int = 10
    root: Path = ROOT
    decisions: Path = DECISIONS
    registry: str = ""
    workers: int = 1
    dask: str | None = None

    def __post_init__(self) -> None:
        unknown = [each for each in dict.fromkeys((self.candidate, self.incumbent)) if policy_of(each) is None]
        wrong = [f"no such policy: {each}; there are {', '.join(POLICIES)}" for each in unknown]
        if self.prior and "@" in self.candidate:
            wrong.append(f"{self.candidate} has a prior already, none is to be learned")
        if self.candidate == self.incumbent and not self.prior:
            wrong.append(f"{self.candidate} cannot be compared with itself; --against names the incumbent")
        if self.days is not None and self.days[0] > self.days[1]:
            wrong.append(f"the first day, {self.days[0]}, is after the last, {self.days[1]}")
        counts = ("seeds", "cold", "workers")
        wrong += [f"{name} must be at least 1" for name in counts if getattr(self, name) < 1]
        if wrong:
            raise ValueError(f"the pipeline cannot run: {'; '.join(wrong)}")

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON, from which ``of_json`` makes it again."""
        found: dict[str, Any] = _ASKED.dump_python(self, mode="json")
        return found


_ASKED: Final = TypeAdapter(Asked)


def of_json(said: dict[str, Any]) -> Asked:
    """Return what ``Asked.as_json`` gave."""
    return _ASKED.validate_python(said)
