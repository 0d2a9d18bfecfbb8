"""The gate's second eye: ask logged data whether the candidate earns more."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
from numpy import ceil

from tipbandit_lab import lake
from tipbandit_lab.configuration import described, fingerprint
from tipbandit_lab.evaluation.assembling import Told, Unrewarded
from tipbandit_lab.evaluation.checks import Verdict
from tipbandit_lab.evaluation.evaluating import evaluate_policies
from tipbandit_lab.evaluation.intervals import RESAMPLES
from tipbandit_lab.evaluation.record import Evaluation
from tipbandit_lab.evaluation.shadows import PREFIX
from tipbandit_lab.gate import verdicts
from tipbandit_lab.gate.logged import Logged, LoggedCriteria, LoggedLook
from tipbandit_lab.gate.looks import logged_look
from tipbandit_lab.prior import PRIORS
from tipbandit_lab.prior.naming import policy_of

_IN_THE_TAIL: Final = 20
"""Resamples beyond a bound, at least, for the bound to be more than the luck of the draw."""
_CONTENT: Final = """
SELECT count(*), CAST(min(CAST(d."at" AS DATE)) AS VARCHAR),
       CAST(bit_xor(md5_number_lower(d.decision_id || coalesce(printf('%.9f', r.reward), ' '))) AS VARCHAR)
FROM decisions AS d LEFT JOIN rewards AS r USING (decision_id)
WHERE CAST(d."at" AS DATE) BETWEEN ? AND ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Logged data, and how they are asked.

    Attributes:
        lake: a directory, or s3://bucket/prefix.
        days: the first and the last UTC day of the decisions that count; all, if None.
        unrewarded: what a decision without a reward is; see ``evaluation.assembling.scored``.
        shadow: a shadow to be taken at its word instead of replaying the candidate; None: replay.
        criteria: the thresholds.
        look: the number of this look at logged data, if earlier ones have no record.
        priors: the directory with the documents of priors that players are named with, ``<version>.json``.
        evaluate: how; as ``evaluate_policies``, which it is.
    """

    lake: str
    days: tuple[date, date] | None = None
    unrewarded: Unrewarded = "drop"
    shadow: str | None = None
    criteria: LoggedCriteria = field(default_factory=LoggedCriteria)
    look: int | None = None
    priors: Path = PRIORS
    evaluate: Callable[..., Evaluation] = evaluate_policies

    @property
    def window(self) -> str | None:
        """The days as FROM..TO."""
        return None if self.days is None else f"{self.days[0]}..{self.days[1]}"

    @property
    def signal(self) -> str | None:
        """The name of the shadow's signals."""
        return None if self.shadow is None else f"{PREFIX}{self.shadow.removeprefix(PREFIX)}"

    def check(self) -> None:
        """Refuse a lake that cannot be opened, before anything is played.

        Raises:
            LakeError: saying what is wrong.
        """
        lake.connect(self.lake).close()


def looked(  # noqa: PLR0913 - what a test is
    source: Source, candidate: str, incumbent: str, *, directory: Path, effect: float, told: Told | None = None
) -> Logged:
    """Ask logged data, and judge what they say.

    Args:
        source: where they are, and how they are asked.
        candidate: who is to be promoted: ``KEY``, or ``KEY@VERSION`` to start new users from a prior.
        incumbent: who serves now, likewise.
        directory: where the records of earlier decisions are.
        effect: the advantage that was found in the simulation, which is what logs are to show.
        told: who is told how many decisions were replayed.

    Raises:
        ValueError: if a policy is not registered, a prior cannot be had, the lake cannot be read, the shadow is of
            another policy, or looks cannot be counted.
    """
    criteria, name = source.criteria, source.signal or candidate
    with closing(lake.connect(source.lake)) as connection:
        test = digest(connection, source, candidate, incumbent)
        this, earlier = logged_look(directory, candidate, incumbent, test, criteria, at_least=source.look)
        found = source.evaluate(
            connection,
            name,
            incumbent,
            days=source.days,
            unrewarded=source.unrewarded,
            alpha=this.alpha,
            limits=criteria.limits,
            priors=source.priors,
            resamples=max(RESAMPLES, int(ceil(_IN_THE_TAIL / max(this.alpha / 2, criteria.least_tail)))),
            told=told,
        )
    found = _askable(found, name, candidate, criteria, this)
    judged = verdicts.judge(found, criteria, effect)
    return Logged(
        outcome=judged.outcome,
        passed=judged.outcome in ("better", "no worse"),
        sentence=judged.sentence,
        criteria=criteria,
        look=this,
        earlier=earlier,
        findings=judged.findings,
        needs=judged.needs,
        lake=source.lake,
        days=source.window,
        shadow=source.shadow,
        evaluation=found.as_mapping(),
    )


def _askable(found: Evaluation, name: str, candidate: str, criteria: LoggedCriteria, this: LoggedLook) -> Evaluation:
    """Return what was found, with one reason more not to believe it where a bootstrap cannot reach so far."""
    if found.shadow is not None and found.shadow.policy != candidate:
        raise ValueError(f"{name} asks {found.shadow.policy}, it says nothing of {candidate}")
    if criteria.bound != "fixed" or this.alpha / 2 >= criteria.least_tail:
        return found
    rare = f"look {this.number} leaves an error of {this.alpha / 2:.2g}, too rare for a bootstrap: --bound anytime"
    return replace(found, verdict=Verdict((*found.verdict.reasons, rare)))


def digest(connection: duckdb.DuckDBPyConnection, source: Source, candidate: str, incumbent: str) -> str:
    """Return 16 hex digits that name a test: of what policies, on which decisions, with which bound.

    A prior is named by its version, which its numbers give it.
    """
    first, last = source.days or (date.min, date.max)
    count, begins, content = connection.execute(_CONTENT, [first, last]).fetchone() or (0, None, None)
    of: dict[str, Any] = {
        "bound": source.criteria.bound,
        "candidate": [source.signal, candidate, described(policy_of(candidate))],
        "incumbent": [incumbent, described(policy_of(incumbent))],
        "unrewarded": source.unrewarded,
        "begins": begins,
    }
    return fingerprint(of if source.criteria.bound == "anytime" else {**of, "decisions": count, "content": content})
