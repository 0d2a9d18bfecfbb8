"""Who is raced does the same job: everyone chooses the same tip in every round."""

import importlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tipbandit.features.schema import BASE, BASE_PROFILE
from tipbandit.policies.policy import Policy

for _library in ("coba", "mabwiser"):
    pytest.importorskip(_library, reason="what the benchmarks race against: the group peers")

parity = importlib.import_module("benchmarks.parity")
rivals = importlib.import_module("benchmarks.rivals")

_LINUCB = Policy(key="parity/v1", feature_set=BASE_PROFILE, alpha=0.5, epsilon=0.05)
_POLICIES = {
    "linucb, D=12": _LINUCB,
    "linucb, D=7": replace(_LINUCB, feature_set=BASE),
    "egreedy, D=12": replace(_LINUCB, alpha=None),
    "egreedy, D=7": replace(_LINUCB, feature_set=BASE, alpha=None),
}
_EACH = pytest.mark.parametrize("policy", _POLICIES.values(), ids=_POLICIES)


def _history(dim: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    return draw.uniform(-1, 1, (50, dim)), draw.uniform(-1, 1, 50)


@_EACH
def test_everyone_chooses_the_same_tip_in_each_of_400_rounds(policy: Policy) -> None:
    """Ours, numpy by hand, Cholesky, plain Python and MABWiser; where there is an alpha coba too."""
    assert parity.ROUNDS == 400
    assert parity.check(policy, parity.Course(candidates=10)) == (5 if policy.alpha is None else 6)


@pytest.mark.parametrize("candidates", [1, 2, 23, 24, 25, 127, 128, 300])
def test_so_they_do_for_few_candidates_and_many(candidates: int) -> None:
    """Around the numbers from which on ours computes another way, 24 and 128, above all."""
    assert parity.check(_LINUCB, parity.Course(candidates, rounds=12, seed=2)) == 6


class _Contrary:
    """As another player, but in one round it shows another candidate or learns another reward."""

    def __init__(self, player: Any, *, shows: int = 0, learns: int = 0) -> None:  # noqa: ANN401
        self._player, self._shows, self._learns = player, shows, learns
        self._asked = 0

    def place(self, rows: list[list[float]]) -> int:
        self._asked += 1
        place: int = self._player.place(rows)
        return (place + 1) % len(rows) if self._asked == self._shows else place

    def learn(self, row: Sequence[float], r: float) -> None:
        self._player.learn(row, -r if self._asked == self._learns else r)


@pytest.mark.parametrize("who", ["tipbandit", "numpy by hand", "Cholesky", "plain Python", "MABWiser, 1 arm", "coba"])
def test_one_other_choice_of_anyone_is_found(who: str) -> None:
    everyone = dict(parity.players(_LINUCB, np.ones(12), 0.5))
    everyone[who] = _Contrary(everyone[who], shows=17)
    with pytest.raises(parity.DisagreementError, match=rf"^round 17: .*{who} \d") as found:
        parity.agree(everyone, 12, parity.Course(candidates=10, rounds=30))
    assert len(set(re.findall(r" (\d+)(?:,|$)", str(found.value)))) == 2


def test_who_learns_something_else_is_found_soon() -> None:
    everyone = dict(parity.players(_LINUCB, np.ones(12), 0.5))
    everyone["tipbandit"] = _Contrary(everyone["tipbandit"], learns=5)
    with pytest.raises(parity.DisagreementError, match="round "):
        parity.agree(everyone, 12, parity.Course(candidates=10))


@pytest.mark.parametrize("other", [{"ridge_lambda": 2.0}, {"discount": 0.9}, {"square_gamma": 1.0}])
def test_a_policy_whose_model_nobody_else_has_is_not_raced(other: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no library here has the model of parity/v1"):
        rivals.rivals(replace(_LINUCB, **other), *_history(12))


@pytest.mark.parametrize("name", [rivals.MABWISER, rivals.COBA])
def test_a_rival_out_of_its_pickle_chooses_and_learns_as_before(name: str) -> None:
    draw = np.random.default_rng(4)
    kept, other = (rivals.rivals(_LINUCB, *_history(12))[name] for _ in range(2))
    revived = kept.back(kept.kept())
    for _ in range(30):
        x = draw.uniform(-1, 1, (10, 12))
        place = revived.place(revived.liked(x))
        assert place == other.place(other.liked(x)) == other.place(x.tolist())
        for each in (revived, other):
            each.learn(each.liked(x)[place], 0.25)
