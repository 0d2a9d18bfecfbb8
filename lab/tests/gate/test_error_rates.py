"""How often the gate errs, over many runs drawn from a model of their noise: real runs are in ``test_real_runs``."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from tests.gate.synthetic import CANDIDATE, INCUMBENT, Run

from tipbandit_lab.arrays import Floats
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.degeneracy import judge as judge_soundness
from tipbandit_lab.gate.evidence import Calibration, Evidence, gather
from tipbandit_lab.gate.findings import judge
from tipbandit_lab.gate.looks import look
from tipbandit_lab.gate.record import Finding

pytestmark = pytest.mark.slow

RUNS = 200
CRITERIA = Criteria()
CHANCE = 0.05 * RUNS
"""Promotions for nothing that are let pass; half of it is expected, for the interval has two sides."""


@pytest.fixture(scope="module")
def any_run() -> Evidence:
    return gather(Run(days=3).results(), CANDIDATE, INCUMBENT)


def drawn(
    any_run: Evidence, *, gain: float, seeds: int = 20, runs: int = RUNS, skew: bool = False
) -> Iterator[Evidence]:
    """Yield runs in which a persona's difference has a standard deviation of 0.02 over seeds and 0.02 over days."""
    random = np.random.default_rng(seeds)
    shape = (2, len(any_run.personas), seeds, len(any_run.days))
    for _ in range(runs):
        luck = 0.1 * random.standard_normal((1, *shape[1:]))
        each = _unit(random, shape[:3], skew=skew)[..., None] + random.standard_normal(shape)
        expected = 0.2 + luck + 0.02 / np.sqrt(2) * each
        expected[0] += gain
        whole = np.concatenate([expected, np.zeros((2, *shape[1:]))])
        yield replace(any_run, seeds=np.arange(seeds), expected=whole)


def _unit(random: np.random.Generator, shape: tuple[int, ...], *, skew: bool) -> Floats:
    """Return numbers of mean 0 and variance 1; with ``skew`` they are as lopsided as an exponential."""
    return random.standard_exponential(shape) - 1 if skew else random.standard_normal(shape)


def promoted(evidence: Evidence, number: int = 1, criteria: Criteria = CRITERIA) -> bool:
    return all(finding.passed for finding in judge(evidence, criteria, look(criteria, number)))


@pytest.mark.parametrize("skew", [False, True])
@pytest.mark.parametrize("seeds", [20, 40])
def test_a_candidate_that_is_no_better_is_promoted_in_at_most_one_run_of_twenty(
    any_run: Evidence,
    seeds: int,
    skew: bool,  # noqa: FBT001
) -> None:
    wrong = sum(promoted(run) for run in drawn(any_run, gain=0.0, seeds=seeds, skew=skew))
    assert wrong <= CHANCE


def test_a_candidate_that_is_better_is_promoted_in_nine_runs_of_ten(any_run: Evidence) -> None:
    """By 0.02; the mean over 20 seeds and 3 personas has a standard error of 0.02 sqrt((1 + 1/3)/60) = 0.003."""
    assert sum(promoted(run) for run in drawn(any_run, gain=0.02)) >= 0.9 * RUNS


def test_ten_looks_promote_a_candidate_that_is_no_better_in_at_most_one_case_of_twenty(any_run: Evidence) -> None:
    """Ten independent runs one after the other are worse than ten looks at growing ones; 2,000 runs are judged."""
    runs = list(drawn(any_run, gain=0.0, runs=10 * RUNS))
    wrong = 0
    careless = 0
    for first in range(0, len(runs), 10):
        ten = runs[first : first + 10]
        wrong += any(promoted(run, number) for number, run in enumerate(ten, start=1))
        careless += any(promoted(run, 1) for run in ten)
    assert wrong <= CHANCE
    assert careless > CHANCE, "then looks need no correction, or the test cannot tell"


def test_ten_looks_pass_a_harm_of_the_margin_in_at_most_one_case_of_twenty(any_run: Evidence) -> None:
    """One persona loses what counts as harm, the others win."""
    wrong = 0
    runs = list(drawn(any_run, gain=0.1, runs=10 * RUNS))
    for first in range(0, len(runs), 10):
        for number, run in enumerate(runs[first : first + 10], start=1):
            run.expected[0, 1] -= 0.1 + CRITERIA.margin
            if promoted(run, number):
                wrong += 1
                break
    assert wrong <= CHANCE


@pytest.mark.parametrize(("runs", "most"), [(1_000, 1), pytest.param(50_000, 12, marks=pytest.mark.deep)])
def test_a_right_policy_is_suspected_once_in_ten_thousand_runs(any_run: Evidence, runs: int, most: int) -> None:
    """What is drawn as stated. Of 50,000 runs 5 may be suspected; more than 12 would be by chance once in 500 times."""
    random = np.random.default_rng(5)
    suspected = 0
    for _ in range(runs):
        evidence = replace(any_run, calibration=_calibration(random, any_run), places=_places(random, any_run))
        suspected += not all(_soundness(evidence, name).passed for name in ("calibration", "places"))
    assert suspected <= most


def test_a_policy_that_draws_with_another_epsilon_than_it_states_is_always_suspected(any_run: Evidence) -> None:
    random = np.random.default_rng(6)
    for _ in range(RUNS):
        evidence = replace(any_run, calibration=_calibration(random, any_run, drawn=0.3))
        assert not _soundness(evidence, "calibration").passed


def _soundness(evidence: Evidence, name: str) -> Finding:
    return next(finding for finding in judge_soundness(evidence, CRITERIA) if finding.criterion == name)


def _calibration(random: np.random.Generator, any_run: Evidence, drawn: float = 0.1) -> Calibration:
    """Return 400 decisions of each persona; after each in ten the policy knew nothing and showed all alike."""
    best, rest, alike = 18, 0, 2  # the bins of 0.91, of 0.01 and of 0.1
    shape = (len(any_run.players), len(any_run.personas), 21)
    zero = Calibration(*(np.zeros(shape) for _ in range(4)))
    knowing, hits = 360, random.binomial(360, 1 - 0.9 * drawn, size=shape[:2])
    for place, number, p in ((best, knowing, 0.91), (rest, 9 * knowing, 0.01), (alike, 400, 0.1)):
        zero.candidates[..., place] = number
        zero.propensity[..., place] = number * p
        zero.variance[..., place] = number * p * (1 - p)
    zero.shown[..., best], zero.shown[..., rest], zero.shown[..., alike] = hits, knowing - hits, 40
    return zero


def _places(random: np.random.Generator, any_run: Evidence) -> np.ndarray:
    return random.multinomial(400, [0.1] * 10, size=any_run.places.shape[:2])
