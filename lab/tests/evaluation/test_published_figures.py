"""The published evaluation of Bernoulli Thompson sampling from the random log, reproduced.

The figures are those of the quickstart notebook of the Open Bandit Pipeline (examples/quickstart/obd.ipynb), in values
relative to the mean reward of the log: IPW 1.198126, DM 0.932797, DR 1.244027. IPW is exact arithmetic. DM and DR use a
logistic regression, there stopped by L-BFGS's own tolerance, here solved to convergence: as is scikit-learn's with
``tol=1e-12``, which gives 0.932812 and 1.244028.
"""

import pytest
from tests.evaluation import bandit_dataset as obd

from tipbandit_lab.evaluation.checks import calibration, judge, overlap
from tipbandit_lab.evaluation.estimators import (
    Terms,
    direct,
    doubly_robust,
    estimate,
    inverse_propensity,
    self_normalised,
    self_normalised_doubly_robust,
    shrunk,
    switch,
)
from tipbandit_lab.evaluation.intervals import bootstrap


def relative(terms: Terms) -> float:
    return estimate(terms) / float(obd.rounds().reward.mean())


def test_the_policy_is_the_published_one() -> None:
    """The notebook prints these rows of the action distribution."""
    assert obd.thompson()[[0, 1, 2, -3, -2, -1]].tolist() == [
        [0.01078, 0.00931, 0.00917],
        [0.00167, 0.00077, 0.00076],
        [0.0058, 0.00614, 0.00631],
        [0.0008, 0.00087, 0.00071],
        [0.00689, 0.00724, 0.00755],
        [0.0582, 0.07603, 0.07998],
    ]


def test_inverse_propensity_scoring_gives_the_published_figure() -> None:
    assert relative(inverse_propensity(obd.rounds())) == pytest.approx(1.198126, abs=1e-6)


def test_the_direct_method_gives_the_published_figure() -> None:
    assert relative(direct(obd.rounds())) == pytest.approx(0.932797, abs=5e-5)
    assert relative(direct(obd.rounds())) == pytest.approx(0.932812, abs=1e-6)


def test_the_doubly_robust_estimator_gives_the_published_figure() -> None:
    assert relative(doubly_robust(obd.rounds())) == pytest.approx(1.244027, abs=5e-6)


def test_the_other_estimators_agree_with_the_pipeline() -> None:
    """Its own estimators (0.4.1), given the same predictions, say this."""
    rounds = obd.rounds()
    assert relative(self_normalised(rounds)) == pytest.approx(1.256798, abs=1e-6)
    assert relative(self_normalised_doubly_robust(rounds)) == pytest.approx(1.259268, abs=1e-6)
    assert relative(switch(rounds, 3.0)) == pytest.approx(0.916183, abs=1e-6)
    assert relative(shrunk(rounds, 9.0)) == pytest.approx(0.964024, abs=1e-6)


def test_the_bootstrap_gives_the_published_interval() -> None:
    """The notebook has 0.001531 to 0.009254 for IPW and 0.001702 to 0.009416 for DR, of 10,000 resamples.

    Ends of 2,000 resamples differ from those by up to 5 % of the width.
    """
    rounds = obd.rounds()
    terms = (inverse_propensity(rounds), doubly_robust(rounds))
    ips, robust, _ = bootstrap(terms, rounds.groups, 0.05, resamples=2_000, method="percentile")
    assert (ips.low, ips.high) == pytest.approx((0.001531, 0.009254), abs=4e-4)
    assert (robust.low, robust.high) == pytest.approx((0.001702, 0.009416), abs=4e-4)


def test_the_log_supports_the_policy_and_agrees_with_its_propensities() -> None:
    rounds = obd.rounds()
    assert judge(rounds).valid
    found = overlap(rounds)
    assert 0.05 < found.share < 0.5
    assert found.unsupported == 0
    assert found.possible == pytest.approx(80 * obd.thompson().max())
    assert calibration(rounds).weight_p_value > 0.01
