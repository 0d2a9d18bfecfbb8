"""A reward is joined with the decision it was given for: of that id, and of that policy."""

from contextlib import closing
from pathlib import Path

import numpy as np
from tests.lake.events import decision, lay, logged, reward
from tests.prior.lakes import later, lay_lake

from tipbandit.policies.registry import POLICIES
from tipbandit_lab.lake import connect
from tipbandit_lab.prior.gathering import Gathered, gather

LOST = "of a decision that is not there, or did not have the tip"


def gathered(root: Path) -> Gathered:
    with closing(connect(root)) as lake:
        return gather(lake, POLICIES["linucb/v1"])


def lay_one(root: Path, *, decided_by: str) -> Path:
    """Lay a reward of ``egreedy/v2``, whose features must be made anew, on top of what others were rewarded for."""
    lay_lake(root)
    lay(root, "decisions", *logged(decision(9_001, later(1), policy=decided_by)), file="more")
    lay(root, "rewards", *logged(reward(9_001, later(1), policy="egreedy/v2")), file="more")
    return root


def test_a_reward_for_another_policys_decision_is_left_out(tmp_path: Path) -> None:
    """What that policy was asked, and which tip it showed, says nothing of what this one was rewarded for."""
    plain = gathered(lay_lake(tmp_path / "plain"))
    found = gathered(lay_one(tmp_path / "other", decided_by="linucb/v1"))
    assert dict(found.left_out) == {LOST: 1}
    assert dict(found.policies) == {"linucb/v1": 400}
    np.testing.assert_array_equal(found.sums.gram, plain.sums.gram)
    assert found.fingerprint == plain.fingerprint


def test_a_reward_for_its_own_policys_decision_counts(tmp_path: Path) -> None:
    found = gathered(lay_one(tmp_path, decided_by="egreedy/v2"))
    assert dict(found.left_out) == {}
    assert dict(found.policies) == {"linucb/v1": 400, "egreedy/v2": 1}
