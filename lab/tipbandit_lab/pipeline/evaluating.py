"""Evaluate the two on logged decisions, each as it would start new users."""

from collections.abc import Callable
from dataclasses import replace

import duckdb

from tipbandit_lab.evaluation import logs
from tipbandit_lab.evaluation.assembling import Told, Unrewarded, scored
from tipbandit_lab.evaluation.checks import Limits
from tipbandit_lab.evaluation.evaluating import evaluate_log
from tipbandit_lab.evaluation.intervals import RESAMPLES
from tipbandit_lab.evaluation.record import Evaluation
from tipbandit_lab.pipeline.options import Days
from tipbandit_lab.pipeline.priors import Starting, start


def asking(both: tuple[Starting, Starting]) -> Callable[..., Evaluation]:
    """Return ``evaluation.evaluate_policies`` for these two, whatever prior they start from."""
    candidate, incumbent = both

    def evaluate(  # noqa: PLR0913 - as ``evaluate_policies`` is called
        connection: duckdb.DuckDBPyConnection,
        *_: str,
        days: Days | None,
        unrewarded: Unrewarded,
        alpha: float,
        limits: Limits | None = None,
        resamples: int = RESAMPLES,
        told: Told | None = None,
    ) -> Evaluation:
        log = logs.read(connection)
        found = evaluate_log(
            log,
            candidate.policy,
            incumbent.policy,
            found=scored(log.decisions, days=days, unrewarded=unrewarded),
            treated=unrewarded,
            alpha=alpha,
            limits=limits,
            start=start(both),
            resamples=resamples,
            told=told,
        )
        return replace(found, candidate=candidate.player, incumbent=incumbent.player)

    return evaluate
