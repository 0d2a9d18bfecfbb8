"""From evidence to a record: the verdict, and everything it rests on."""

import hashlib
import json

import numpy as np

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.gate.findings import judge, measure
from tipbandit_lab.gate.looks import look
from tipbandit_lab.gate.record import Finding, Measure, Played, Record, finite
from tipbandit_lab.gate.statistics import bootstrap
from tipbandit_lab.tables import Results

_DECIMALS = 6


def fingerprint(evidence: Evidence) -> str:
    """Return 16 hex digits that name the numbers of the two players.

    Expected rewards count to six decimals: the same run on another machine differs in the last bits of a sum.
    """
    numbers = np.round(evidence.expected[:2], _DECIMALS) + 0.0  # no negative zero
    names = json.dumps([evidence.personas, evidence.seeds.tolist(), evidence.decisions, numbers.shape])
    return hashlib.sha256(names.encode() + numbers.astype("<f8").tobytes()).hexdigest()[:16]


def decided(results: Results, evidence: Evidence, criteria: Criteria, *, number: int, date: str) -> Record:
    """Judge a run.

    Args:
        results: the run.
        evidence: what it says of two of its players.
        criteria: the thresholds.
        number: which look at the two it is.
        date: today, ISO 8601.
    """
    this = look(criteria, number)
    findings = judge(evidence, criteria, this)
    promoted = all(finding.passed for finding in findings)
    return Record(
        verdict="promote" if promoted else "hold",
        sentence=_sentence(evidence, findings),
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
    )


def _sentence(evidence: Evidence, findings: tuple[Finding, ...]) -> str:
    failed = [finding.sentence for finding in findings if not finding.passed]
    if not failed:
        reasons = [finding.sentence for finding in findings if finding.criterion in ("advantage", "fairness floor")]
        return f"{evidence.candidate} may serve instead of {evidence.incumbent}: {'; '.join(reasons)}."
    return f"{evidence.incumbent} goes on serving, {evidence.candidate} is held: {'; '.join(failed)}."


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
