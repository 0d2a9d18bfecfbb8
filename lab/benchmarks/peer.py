"""MABWiser, set up for the same job as a policy of ours."""

from typing import Any

import numpy as np
from mabwiser.mab import MAB, LearningPolicy

from tipbandit.policies.policy import Policy
from tipbandit.policies.ridge import Array


def fitted(policy: Policy, arms: int, history: Array, rewards: Array) -> Any:  # noqa: ANN401  MABWiser has no types
    """Return a bandit with the rule and the settings of ``policy`` that has learned a history, arms in turns."""
    if policy.alpha is None:
        rule = LearningPolicy.LinGreedy(epsilon=policy.epsilon, l2_lambda=policy.ridge_lambda)
    else:
        rule = LearningPolicy.LinUCB(alpha=policy.alpha, l2_lambda=policy.ridge_lambda)
    bandit = MAB(arms=list(range(arms)), learning_policy=rule)
    bandit.fit(np.arange(len(rewards)) % arms, rewards, history)
    return bandit
