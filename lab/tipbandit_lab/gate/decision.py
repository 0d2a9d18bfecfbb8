"""From evidence to a record: the verdict, and everything it rests on."""

import hashlib
import json

import numpy as np

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.gate.findings import judge, measure
from tipbandit_lab.gate.logged import Logged
from tipbandit_lab.gate.looks import look
from tipbandit_lab.gate.record import Finding, Measure, Played, Record, finite
from tipbandit_lab.gate.statistics import bootstrap
from tipbandit_lab.tables import Results

NO_LOG = "no logged data were asked (--lake)"
CHALLENGER = "It wins in the simulation: it may be asked as a shadow, and stand as challenger."
_DECIMALS = 6


def fingerprint(evidence: Evidence) -> str:
    """Return 16 hex digits that name the numbers of the two players.

    Expected rewards count to six decimals: the same run on another machine differs in the last bits of a sum.
    """
    numbers = np.round(evidence.expected[:2], _DECIMALS) + 0.0  # no negative zero
    names = json.dumps([evidence.personas, evidence.seeds.tolist(), evidence.decisions, numbers.shape])
    return hashlib.sha256(names.encode() + numbers.astype("<f8").tobytes()).hexdigest()[:16]


def decided(  # noqa: PLR0913 - all that a decision is made of
    results: Results,
    evidence: Evidence,
    criteria: Criteria,
    *,
    number: int,
    date: str,
    logged: Logged | None = None,
) -> Record:
    """Judge a run, with what logged data say: promotion takes both.

    Args:
        results: the run.
        evidence: what it says of two of its players.
        criteria: the thresholds.
        number: which look at the two it is.
        date: today, ISO 8601.
        logged: what logged data say; None if there are none: then nothing is promoted.
    """
    this = look(criteria, number)
    findings = judge(evidence, criteria, this)
    won = all(finding.passed for finding in findings)
    promoted = won and logged is not None and logged.passed
    challenger = won and (logged is None or logged.outcome != "worse")
    return Record(
        verdict="promote" if promoted else "hold",
        sentence=_sentence(evidence, findings, logged, challenger=challenger),
        date=date,
        candidate=evidence.candidate,
        incumbent=evidence.incumbent,
        look=this,
        criteria=criteria,
        findings=findings,
        bootstrap=_bootstrap(evidence, this.alpha),
        players=_played(evidence, this.alpha),
        fingerprint=fingerprint(evidence),
        code_version=str(results.config["code_version"]),
        seeds=tuple(evidence.seeds.tolist()),
        config=dict(results.config),
        challenger=challenger,
        logged=logged,
    )


def _sentence(evidence: Evidence, findings: tuple[Finding, ...], logged: Logged | None, *, challenger: bool) -> str:
    candidate, incumbent = evidence.candidate, evidence.incumbent
    failed = [finding.sentence for finding in findings if not finding.passed]
    if not failed and logged is not None and logged.passed:
        reasons = [finding.sentence for finding in findings if finding.criterion in ("advantage", "fairness floor")]
        return f"{candidate} may serve instead of {incumbent}: {'; '.join([*reasons, logged.sentence])}."
    if logged is None:
        failed.append(NO_LOG)
    elif not logged.passed:
        failed.append(logged.sentence)
    held = f"{incumbent} goes on serving, {candidate} is held: {'; '.join(failed)}."
    return f"{held} {CHALLENGER}" if challenger else held


def _bootstrap(evidence: Evidence, alpha: float) -> Measure:
    found = bootstrap(evidence.advantage, alpha)
    return Measure(
        name="advantage, BCa bootstrap",
        passed=found.low > 0,
        value=finite(found.mean),
        low=finite(found.low),
        high=finite(found.high),
        confidence=1 - alpha,
    )


def _played(evidence: Evidence, alpha: float) -> tuple[Played, ...]:
    return tuple(
        Played(player, measure("value", value, alpha), measure("regret", regret, alpha))
        for player, value, regret in zip(evidence.players, evidence.values, evidence.regret, strict=True)
    )
