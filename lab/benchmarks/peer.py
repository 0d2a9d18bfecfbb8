"""MABWiser, set up for the same job as a policy of ours."""

from typing import Any, Final

import numpy as np
from mabwiser.mab import MAB, LearningPolicy

from tipbandit.policies.policy import Policy
from tipbandit.policies.ridge import Array

DIFFERENCES: Final = """\
- The jobs are not quite equal. *K arms* is MABWiser's own way: a model for each of K tips, and one context; ours is one
  model and K contexts. *1 arm* is nearer to ours: one model, K contexts, `argmax` by the caller.
- To choose, MABWiser uses the A^-1 of its last update; ours inverts A, because its state comes from bytes. MABWiser
  answers the arm (K arms) or the scores (1 arm); ours the tip, all scores and all propensities, ties drawn.
- To learn, MABWiser changes itself and checks its input; ours returns the next state, its input is checked at the wire.
- *Stored* is what a function without memory does: MABWiser comes from and goes to a pickle, ours goes through the
  codec, with its checksum.
"""


def fitted(policy: Policy, arms: int, history: Array, rewards: Array) -> Any:  # noqa: ANN401  MABWiser has no types
    """Return a bandit with the rule and the settings of ``policy`` that has learned a history, arms in turns."""
    if policy.alpha is None:
        rule = LearningPolicy.LinGreedy(epsilon=policy.epsilon, l2_lambda=policy.ridge_lambda)
    else:
        rule = LearningPolicy.LinUCB(alpha=policy.alpha, l2_lambda=policy.ridge_lambda)
    bandit = MAB(arms=list(range(arms)), learning_policy=rule)
    bandit.fit(np.arange(len(rewards)) % arms, rewards, history)
    return bandit
