"""From a lake to a prior: which rewards count, in which features, and what is too little."""

import math
import re
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.lake.events import decision, lay, logged, reward
from tests.prior.lakes import TASTE, later, lay_lake

from tipbandit.policies.prior import VERSION_PATTERN
from tipbandit.policies.registry import POLICIES
from tipbandit_lab.lake import connect
from tipbandit_lab.prior import gathering
from tipbandit_lab.prior.errors import PriorError
from tipbandit_lab.prior.gathering import Gathered, gather
from tipbandit_lab.prior.learning import learn

LINUCB, EGREEDY = POLICIES["linucb/v1"], POLICIES["egreedy/v1"]
ALIGNED, PROFILED = POLICIES["linucb/v2"], POLICIES["egreedy/v2"]


def gathered(root: Path, key: str = "linucb/v1") -> Gathered:
    with closing(connect(root)) as lake:
        return gather(lake, POLICIES[key])


def test_a_prior_is_learned_from_all_users(tmp_path: Path) -> None:
    found = learn(lay_lake(tmp_path, users=60, rewards=24), LINUCB)
    np.testing.assert_allclose(found.prior.mean, TASTE, atol=0.2)
    assert found.prior.mean[4] > 0.3
    about = found.about
    assert (about["users"], about["rewards"], about["rewards_by_policy"]) == (60, 1440, {"linucb/v1": 1440})
    assert about["window"] == {"first": "2026-01-05", "last": "2026-01-06"}
    assert 0.05 < about["sigma2"] < 0.15
    assert re.fullmatch(r"linucb-v1\.2026-01-06\.[0-9a-f]{8}", found.prior.version)
    assert re.fullmatch(VERSION_PATTERN, found.prior.version)


def test_the_precision_is_the_noise_over_the_covariance_as_far_as_it_is_trusted(tmp_path: Path) -> None:
    lay_lake(tmp_path)
    versions = set()
    for trust in (1.0, 0.5, 0.1):
        found = learn(tmp_path, LINUCB, trust=trust)
        population, precision = found.fit.population, found.prior.precision
        np.testing.assert_allclose(precision @ population.covariance / population.noise, trust * np.eye(7), atol=1e-6)
        np.testing.assert_array_equal(precision, precision.T)
        assert found.about["trust"] == trust
        versions.add(found.prior.version)
    assert len(versions) == 3


@pytest.mark.parametrize("trust", [0.0, -1.0, 1.5, math.nan])
def test_a_trust_that_is_no_share_is_refused(trust: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"trust must lie in \(0, 1\]"):
        learn(tmp_path, LINUCB, trust=trust)


def test_the_same_lake_gives_the_same_version_however_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = learn(lay_lake(tmp_path / "lake"), LINUCB)
    monkeypatch.setattr(gathering, "_BATCH", 7)
    second = learn(tmp_path / "lake", LINUCB)
    assert (second.prior.version, second.about["lake"]) == (first.prior.version, first.about["lake"])
    other = learn(lay_lake(tmp_path / "other", users=26), LINUCB)
    assert other.prior.version != first.prior.version
    assert other.about["lake"] != first.about["lake"]


def test_features_made_anew_are_those_that_were_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in POLICIES:
        logged_x = gathered(lay_lake(tmp_path / key.replace("/", "-"), policy=key), key)
        with monkeypatch.context() as patched:
            patched.setattr(gathering, "_same", lambda *_: False)
            anew = gathered(tmp_path / key.replace("/", "-"), key)
        np.testing.assert_array_equal(anew.sums.gram, logged_x.sums.gram)
        assert anew.fingerprint == logged_x.fingerprint


def test_a_policy_with_other_features_learns_from_what_was_shown_all_the_same(tmp_path: Path) -> None:
    lay_lake(tmp_path)
    ours, profiled, aligned = (gathered(tmp_path, key) for key in ("linucb/v1", "egreedy/v2", "linucb/v2"))
    names = [POLICIES["egreedy/v2"].feature_set.names.index(name) for name in LINUCB.feature_set.names]
    np.testing.assert_array_equal(profiled.sums.gram[:, names][:, :, names], ours.sums.gram)
    assert (profiled.sums.dim, aligned.sums.dim) == (12, 10)
    assert profiled.sums.rewards == aligned.sums.rewards == ours.sums.rewards == 400


def test_policies_with_the_same_features_have_priors_of_the_same_numbers_and_other_names(tmp_path: Path) -> None:
    lay_lake(tmp_path)
    one, other = learn(tmp_path, LINUCB).prior, learn(tmp_path, EGREEDY).prior
    np.testing.assert_array_equal(one.precision, other.precision)
    assert other.version.startswith("egreedy-v1.2026-01-06.")
    assert one.version.rsplit(".", 1)[1] != other.version.rsplit(".", 1)[1]


def test_only_the_days_that_are_asked_for_count(tmp_path: Path) -> None:
    lay_lake(tmp_path, users=60, rewards=24)
    first = learn(tmp_path, LINUCB, days=(date(2026, 1, 5), date(2026, 1, 5)))
    assert first.about["rewards"] == 60 * 12
    assert first.about["window"] == {"first": "2026-01-05", "last": "2026-01-05"}


def test_rewards_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    lay_lake(tmp_path)
    stray = {"policy": "egreedy/v2", "tip_id": "b"}
    odd = [
        reward(9_001, later(1), x=(1.0, 0.25)),
        reward(9_002, later(1), **stray),
        reward(9_003, later(1), **stray),
    ]
    lay(tmp_path, "decisions", *logged(decision(9_001, later(1)), decision(9_002, later(1), **stray)), file="more")
    lay(tmp_path, "rewards", *logged(*odd), file="more")
    assert gathered(tmp_path).left_out == {
        "with features of another number than 7": 1,
        "of a decision that is not there, or did not have the tip": 1,
    }
    assert gathered(tmp_path).policies == {"linucb/v1": 400, "egreedy/v2": 1}
    assert gathered(tmp_path).sums.rewards == 401


def test_a_lake_without_rewards_is_told(tmp_path: Path) -> None:
    lay(tmp_path, "decisions", *logged(decision()))
    with pytest.raises(PriorError, match="no rewards to learn linucb/v1's prior from: there are none"):
        learn(tmp_path, LINUCB)
    lay(tmp_path, "rewards", *logged(reward()))
    with pytest.raises(PriorError, match="1 with features of another number than 7"):
        learn(tmp_path, LINUCB)


def test_too_few_users_and_rewards_are_told_at_once(tmp_path: Path) -> None:
    """D = 7: 7 + 28 + 1 = 36 numbers; D = 12: 91."""
    lay_lake(tmp_path, users=19, rewards=18)
    says = "19 users with rewards, at least 20 are needed; 342 rewards, at least 360 are needed for 36 numbers"
    with pytest.raises(PriorError, match=says):
        learn(tmp_path, LINUCB)
    with pytest.raises(PriorError, match="at least 910 are needed for 91 numbers"):
        learn(tmp_path, PROFILED)
    learn(lay_lake(tmp_path / "enough", users=20, rewards=18), LINUCB)


def test_rewards_that_are_all_equal_teach_nothing(tmp_path: Path) -> None:
    with pytest.raises(PriorError, match="all rewards are equal"):
        learn(lay_lake(tmp_path, reward=-0.25), LINUCB)
