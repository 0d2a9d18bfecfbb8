"""A prior is where a user starts; its document says whose it is, and anything else is refused by name."""

import json
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipbandit.errors import PriorUnusableError
from tipbandit.policies import ridge
from tipbandit.policies.policy import choose, learn
from tipbandit.policies.prior import Prior, dumps, loads
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Array

_POLICY: Final = POLICIES["linucb/v1"]
_DIM: Final = _POLICY.feature_set.dim
_KEY: Final = bytes(16)


def _prior(seed: int = 0) -> Prior:
    rng = np.random.default_rng(seed)
    factor = rng.uniform(-1, 1, (_DIM, _DIM))
    return Prior("a", rng.uniform(-1, 1, _DIM), factor @ factor.T + np.eye(_DIM))


@pytest.mark.parametrize("key", POLICIES)
def test_a_prior_of_mean_zero_and_precision_lambda_is_the_plain_ridge(key: str) -> None:
    policy = POLICIES[key]
    dim, rng = policy.feature_set.dim, np.random.default_rng(3)
    plain = Prior("plain", np.zeros(dim), policy.ridge_lambda * np.eye(dim))
    state = ridge.cold(dim)
    for _ in range(30):
        state = learn(policy, state, rng.uniform(-1, 1, dim), rng.uniform(-1, 1))
    x = rng.uniform(-1, 1, (9, dim))
    with_it, without = choose(policy, state, x, _KEY, plain), choose(policy, state, x, _KEY)
    assert with_it.scores.tolist() == without.scores.tolist()
    assert with_it.propensities.tolist() == without.propensities.tolist()
    assert with_it.index == without.index


def test_a_user_nothing_is_known_about_has_the_weights_of_the_prior() -> None:
    prior = _prior()
    estimate = ridge.estimate(ridge.cold(_DIM), _POLICY.ridge_lambda, prior)
    np.testing.assert_allclose(estimate.theta, prior.mean, rtol=1e-9)
    np.testing.assert_allclose(estimate.inverse @ prior.precision, np.eye(_DIM), atol=1e-9)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 60))
def test_a_prior_is_as_if_its_pseudo_rewards_had_been_learned(seed: int, n: int) -> None:
    """P = sum x x' and P m = sum r x of rewards seen before: Bayes' rule in any order."""
    rng = np.random.default_rng(seed)
    before, after = rng.uniform(-1, 1, (40, _DIM)), rng.uniform(-1, 1, (n, _DIM))
    r_before, r_after = rng.uniform(-1, 1, 40), rng.uniform(-1, 1, n)
    precision = before.T @ before + 0.5 * np.eye(_DIM)
    mean: Array = np.asarray(np.linalg.solve(precision, before.T @ r_before), dtype=np.float64)
    prior = Prior("a", mean, precision)
    state = ridge.cold(_DIM)
    for x, r in zip(after, r_after, strict=True):
        state = ridge.update(state, x, float(r))
    a = precision + after.T @ after
    expected = np.linalg.solve(a, before.T @ r_before + after.T @ r_after)
    np.testing.assert_allclose(ridge.weights(state, 1.0, prior), expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(ridge.estimate(state, 1.0, prior).theta, expected, rtol=1e-7, atol=1e-9)


def test_a_document_is_read_as_it_was_written() -> None:
    prior = _prior()
    read = loads(dumps(prior, _POLICY, {"users": 12}), _POLICY, "a")
    assert (read.version, read.mean.tolist()) == ("a", prior.mean.tolist())
    assert read.precision.tolist() == prior.precision.tolist()
    assert read.shift.tolist() == prior.shift.tolist()


def _asymmetric() -> list[list[float]]:
    precision = _prior().precision.copy()
    precision[0, 1] += 1.0
    return [list(row) for row in precision.tolist()]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"schema_version": 2}, "schema_version is not 1"),
        ({"version": "b"}, "version is not a"),
        ({"policy": "egreedy/v1"}, "policy is not linucb/v1"),
        ({"fingerprint": "00000000"}, "fingerprint is not "),
        ({"mean": [0.0]}, "mean and precision are not of 7 features"),
        ({"mean": [float("nan")] * _DIM}, "not finite numbers"),
        ({"mean": [1e13] * _DIM}, "not finite numbers"),
        ({"precision": _asymmetric()}, "the precision is not symmetric"),
        ({"precision": (-np.eye(_DIM)).tolist()}, "the precision is not positive definite"),
        ({"precision": np.zeros((_DIM, _DIM)).tolist()}, "the precision is not positive definite"),
        ({"mean": "x"}, "no document of a prior"),
        ({"mean": None}, "mean and precision are not of 7 features"),
        ({"precision": [[1], [1, 2]]}, "no document of a prior"),
    ],
)
def test_a_document_that_will_not_do_says_why(change: dict[str, Any], problem: str) -> None:
    document = json.dumps({**json.loads(dumps(_prior(), _POLICY)), **change}).encode()
    with pytest.raises(PriorUnusableError, match=problem):
        loads(document, _POLICY, "a")


@pytest.mark.parametrize("document", [b"", b"\xff", b"[]", b"3", b"null", b'"mean"', b"{}", b"[[1, 2]]"])
def test_what_is_no_document_is_refused(document: bytes) -> None:
    with pytest.raises(PriorUnusableError, match="no document of a prior"):
        loads(document, _POLICY, "a")


def test_all_that_is_wrong_is_named_at_once() -> None:
    document = json.dumps({**json.loads(dumps(_prior(), _POLICY)), "policy": "x", "mean": [0.0]}).encode()
    with pytest.raises(PriorUnusableError) as raised:
        loads(document, _POLICY, "b")
    assert [problem.partition(" ")[0] for problem in raised.value.problems] == ["version", "policy", "mean"]
