"""The table of policies: written from the registry, for a policy of any settings."""

from typing import Final

import pytest

from codegen import description
from tipbandit.features.schema import BASE, BASE_HOURS
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES

WEIGHING: Final = Policy(key="new/v1", feature_set=BASE, epsilon=0.2, square_gamma=2.5)
FORGETTING: Final = Policy(key="new/v1", feature_set=BASE_HOURS, epsilon=0.05, alpha=1.5, discount=0.995)


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (WEIGHING, "closer to the highest predicted reward (inverse gap weighting, gamma 2.5 sqrt(n)); with prob"),
        (WEIGHING, "with probability 0.2 a uniformly random candidate |"),
        (FORGETTING, "`base+hours` | the highest upper confidence bound (alpha 1.5); with probability 0.05"),
        (FORGETTING, "a uniformly random candidate; each reward weighs 0.995 of the next |"),
    ],
)
def test_the_table_of_policies_tells_how_one_explores_and_forgets(
    policy: Policy, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POLICIES, policy.key, policy)

    assert sentence in description.policies().splitlines()[-1]
