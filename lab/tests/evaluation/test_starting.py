"""Policies that start from a prior, by name: on logged decisions they do what they would have done from it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from tests.evaluation.logged import Life, connected, lived

from tipbandit.features.encode import encode_columns
from tipbandit.policies import ridge
from tipbandit.policies.policy import choose, learn
from tipbandit.policies.prior import dumps
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Prior
from tipbandit_lab.arrays import Floats
from tipbandit_lab.evaluation import logs
from tipbandit_lab.evaluation.assembling import played, scored
from tipbandit_lab.evaluation.checks import Limits
from tipbandit_lab.evaluation.evaluating import evaluate_policies
from tipbandit_lab.evaluation.record import Evaluation
from tipbandit_lab.evaluation.starting import Starting, named, starts
from tipbandit_lab.prior import naming

POLICY = POLICIES["linucb/v1"]
ANY = Limits(rounds=1, groups=2, effective=1.0, heaviest=1.0)
TASTE = np.array([0.0, 0.0, 0.0, 0.0, 0.6, 0.0, -0.6])
SURE, UNSURE = "sure.2026-01-04.00000001", "unsure.2026-01-04.00000002"
NOTHING = "nothing.2026-01-04.00000003"
"""A prior that is the plain ridge."""


@pytest.fixture
def priors(tmp_path: Path) -> Path:
    """Two priors with the same mean, one with twenty times the precision, and the plain ridge as one."""
    plain = POLICY.ridge_lambda * np.eye(7)
    for version, mean, precision in (
        (SURE, TASTE, 20 * plain), (UNSURE, TASTE, plain), (NOTHING, np.zeros(7), plain),
    ):  # fmt: skip
        (tmp_path / f"{version}.json").write_bytes(dumps(Prior(version, mean, precision), POLICY, {}))
    return tmp_path


def evaluated(life: Life, candidate: str, incumbent: str = "egreedy/v1", **more: object) -> Evaluation:
    with connected(life) as connection:
        given = {"resamples": 200, "limits": ANY, **more}
        return evaluate_policies(connection, candidate, incumbent, **given)  # type: ignore[arg-type]


def by_hand(life: Life, prior: Prior) -> list[Floats]:
    """Return what the service would have shown with a prior, replayed decision by decision as the service does it.

    A user's rewards come a minute after each decision, six hours before the next.
    """
    with connected(life) as connection:
        decisions = logs.read(connection).decisions
    states: dict[str, ridge.State] = {}
    shown = []
    for each in decisions:
        x = encode_columns(POLICY.feature_set, each.moment, each.tips, each.profile)
        state = states.get(each.user_id, ridge.cold(7))
        shown.append(choose(POLICY, state, x, b"any", prior).propensities)
        assert each.outcome is not None
        states[each.user_id] = learn(POLICY, state, x[each.shown], each.outcome.reward)
    return shown


@pytest.mark.parametrize("version", [SURE, UNSURE])
def test_a_player_from_a_prior_shows_what_the_service_would_have_with_it(version: str, priors: Path) -> None:
    life = lived(users=10, moments=12)
    player = Starting.of(f"linucb/v1@{version}", priors)
    with connected(life) as connection:
        log = logs.read(connection)
    found = scored(log.decisions, days=None, unrewarded="drop")
    ours = played(log.decisions, found, player.policy, start=player.start()).target
    prior = Prior(version, *_numbers(priors / f"{version}.json"))
    np.testing.assert_allclose(ours, by_hand(life, prior), atol=1e-12)
    assert np.abs(np.array(ours) - np.array(played(log.decisions, found, POLICY).target)).max() > 0.5


def _numbers(path: Path) -> Sequence[Floats]:
    said = json.loads(path.read_bytes())
    return np.array(said["mean"]), np.array(said["precision"])


def test_it_is_evaluated_under_its_own_name(priors: Path) -> None:
    found = evaluated(lived(users=30, moments=10), f"linucb/v1@{SURE}", priors=priors)
    assert (found.candidate, found.incumbent) == (f"linucb/v1@{SURE}", "egreedy/v1")
    assert found.verdict.valid


def test_a_prior_that_is_the_plain_ridge_changes_nothing(priors: Path) -> None:
    life = lived(users=30, moments=10)
    plain, folded = evaluated(life, "linucb/v1"), evaluated(life, f"linucb/v1@{NOTHING}", priors=priors)
    assert replace(folded, candidate="linucb/v1") == plain


def test_either_side_may_start_from_a_prior(priors: Path) -> None:
    life = lived(users=30, moments=10)
    there = evaluated(life, f"linucb/v1@{SURE}", f"linucb/v1@{UNSURE}", priors=priors)
    back = evaluated(life, f"linucb/v1@{UNSURE}", f"linucb/v1@{SURE}", priors=priors)
    ours, theirs = there.of("IPS"), back.of("IPS")
    assert ours is not None
    assert theirs is not None
    assert ours.advantage.estimate == pytest.approx(-theirs.advantage.estimate)
    assert ours.advantage.estimate != 0


def test_a_policy_that_serves_is_not_taken_at_its_word_for_one_that_starts_from_a_prior(priors: Path) -> None:
    life = lived("linucb/v1", users=30, moments=10)
    found = evaluated(life, f"linucb/v1@{SURE}", "linucb/v1", priors=priors)
    dr = found.of("DR")
    assert dr is not None
    assert dr.advantage.estimate != 0


def test_who_serves_is_replayed_as_it_served(priors: Path) -> None:
    """The prior of a candidate is none of the log's: decisions made with another one stay unchecked, the rest agree."""
    life = lived("linucb/v1", users=30, moments=10)
    (checked,) = evaluated(life, f"linucb/v1@{SURE}", "linucb/v1", priors=priors).rechecks
    assert (checked.checkable, checked.same) == (300, 300)
    with_prior = [{**row, "prior": "served.2026-01-01.0000000a"} for row in life.decisions]
    served = evaluated(Life(with_prior, life.rewards, life.worth), f"linucb/v1@{SURE}", "linucb/v1", priors=priors)
    assert served.rechecks[0].checkable == 0


def test_several_start_each_as_it_would(priors: Path) -> None:
    life = lived(users=2, moments=2)
    with connected(life) as connection:
        first = logs.read(connection).decisions[0]
    sure, plain = named((f"linucb/v1@{SURE}", "linucb/v1"), priors)
    start = starts((sure, plain))
    assert start(sure.policy, first) is sure.state
    np.testing.assert_array_equal(start(plain.policy, first).gram, np.zeros((7, 7)))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("linucb/v9@x", "no such policy: linucb/v9@x, none/v1; there are egreedy/v1"),
        ("linucb/v1@", "no such policy: linucb/v1@, none/v1"),
    ],
)
def test_all_who_are_not_known_are_named(name: str, said: str, priors: Path) -> None:
    with pytest.raises(ValueError, match=said):
        named((name, "none/v1"), priors)


def test_a_prior_that_cannot_be_had_is_named(priors: Path) -> None:
    with pytest.raises(ValueError, match=r"there is no prior at .*missing\.json"):
        named(("linucb/v1@missing",), priors)
    with pytest.raises(ValueError, match="a prior of linucb/v1, not of egreedy/v1"):
        named((f"egreedy/v1@{SURE}",), priors)


def test_a_policy_that_forgets_is_refused_by_its_key(priors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful = MappingProxyType({**POLICIES, "linucb/v1": replace(POLICY, discount=0.9)})
    monkeypatch.setattr(naming, "POLICIES", forgetful)
    with pytest.raises(ValueError, match="discounts, cannot be evaluated on logged decisions"):
        named((f"linucb/v1@{SURE}",), priors)
