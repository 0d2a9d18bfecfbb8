"""Who is compared: two policies, each as it would start new users."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tipbandit.policies import ridge
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Prior, State
from tipbandit_lab.evaluation.logs import Logged
from tipbandit_lab.evaluation.replaying import Start, cold
from tipbandit_lab.pipeline.keeping import Kept
from tipbandit_lab.prior import documents


@dataclass(frozen=True, slots=True, eq=False)
class Starting:
    """One of the two.

    Attributes:
        player: its name in the simulation: the key, or ``<key>@<version>``.
        policy: the registered one; under another key if it starts from a prior, as nobody has served so.
        prior: where it starts new users; None: the plain ridge.
    """

    player: str
    policy: Policy
    prior: Prior | None

    @classmethod
    def of(cls, player: str, priors: Path) -> "Starting":
        """Return who a player is.

        Args:
            player: its name.
            priors: the directory with the prior it names.

        Raises:
            PriorError: if that prior cannot be had.
        """
        key, _, version = player.partition("@")
        policy = POLICIES[key]
        if not version:
            return cls(player, policy, None)
        name, _, number = key.partition("/")
        renamed = replace(policy, key=f"{name}-started/{number}")
        return cls(player, renamed, documents.of(priors, policy, version).prior)


def compared(step: Kept) -> tuple[Starting, Starting]:
    """Return the candidate and the incumbent, as the step that learns priors says."""
    candidate, incumbent = (Starting.of(step.result[name], step.directory) for name in ("candidate", "incumbent"))
    return candidate, incumbent


def start(both: tuple[Starting, Starting]) -> Start:
    """Return what the two, and the registered policies, know of a new user.

    A prior is a state of pseudo-rewards here: G = P - lambda*I and b = P m read as the prior does (``ridge.estimate``).
    """
    if all(each.prior is None for each in both):
        return cold
    states: Mapping[str, State] = {
        each.policy.key: folded(each.policy, each.prior) for each in both if each.prior is not None
    }

    def begin(policy: Policy, logged: Logged) -> State:
        return states.get(policy.key) or cold(policy, logged)

    return begin


def folded(policy: Policy, prior: Prior) -> State:
    """Return the state without rewards that a policy reads as it reads no state with a prior.

    Raises:
        ValueError: if the policy forgets: it would forget the prior too, which it does not.
    """
    if policy.discount != 1:
        raise ValueError(f"a prior of {policy.key}, which discounts, cannot be evaluated on logged decisions")
    plain = ridge.cold(policy.feature_set.dim)
    gram = prior.precision - policy.ridge_lambda * np.eye(policy.feature_set.dim)
    return plain._replace(gram=gram, b=prior.shift.copy())
