"""The registry: which policy a path names."""

import pytest

from tipbandit.errors import UnknownPolicyError
from tipbandit.features.schema import BASE, BASE_ALIGNMENT, BASE_PROFILE
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES, resolve


def test_the_documented_policies_are_registered_with_their_feature_sets() -> None:
    assert {key: policy.feature_set for key, policy in POLICIES.items()} == {
        "linucb/v1": BASE,
        "linucb/v2": BASE_ALIGNMENT,
        "egreedy/v1": BASE,
        "egreedy/v2": BASE_PROFILE,
    }


def test_every_policy_is_listed_under_its_own_key() -> None:
    assert all(key == policy.key for key, policy in POLICIES.items())


def test_only_linucb_scores_by_its_width() -> None:
    assert [key for key, policy in POLICIES.items() if policy.alpha is not None] == ["linucb/v1", "linucb/v2"]


def test_every_policy_can_be_evaluated_offline() -> None:
    """Importance weights exist only where every candidate has a chance."""
    assert all(policy.epsilon > 0 for policy in POLICIES.values())


def test_egreedy_v2_differs_from_v1_in_its_features_alone() -> None:
    """So that a comparison measures the dimensions alone."""
    v1, v2 = POLICIES["egreedy/v1"], POLICIES["egreedy/v2"]
    assert (v1.ridge_lambda, v1.epsilon, v1.alpha) == (v2.ridge_lambda, v2.epsilon, v2.alpha)


def test_linucb_v2_explores_as_v1_does() -> None:
    """So that its decisions say as much about other policies."""
    v1, v2 = POLICIES["linucb/v1"], POLICIES["linucb/v2"]
    assert (v1.epsilon, v1.alpha, v1.discount) == (v2.epsilon, v2.alpha, v2.discount)


@pytest.mark.parametrize(
    ("name", "version", "key"),
    [
        (None, None, "linucb/v1"),
        ("linucb", None, "linucb/v1"),
        ("linucb", "v1", "linucb/v1"),
        ("linucb", "v2", "linucb/v2"),
        ("egreedy", None, "egreedy/v1"),
        ("egreedy", "v1", "egreedy/v1"),
        ("egreedy", "v2", "egreedy/v2"),
    ],
)
def test_a_path_names_its_policy(name: str | None, version: str | None, key: str) -> None:
    assert resolve(name, version).key == key


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("nope", None),
        ("linucb", "v3"),
        ("egreedy", "v3"),
        ("linucb/v1", None),
        ("", None),
        ("LINUCB", "v1"),
        ("../x", "v1"),
    ],
)
def test_an_unknown_policy_is_refused_with_those_there_are(name: str, version: str | None) -> None:
    with pytest.raises(UnknownPolicyError) as refusal:
        resolve(name, version)
    assert str(refusal.value) == "no such policy; there are egreedy/v1, egreedy/v2, linucb/v1, linucb/v2"


def test_a_policy_that_is_registered_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    added = Policy(key="mine/v7", feature_set=BASE, epsilon=0.2)
    monkeypatch.setitem(POLICIES, added.key, added)
    assert resolve("mine", "v7") is added
