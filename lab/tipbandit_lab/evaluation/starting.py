"""Who is evaluated, by name: a registered policy, or one that starts new users from a population prior."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tipbandit.policies import ridge
from tipbandit.policies.policy import Policy
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Prior, State
from tipbandit_lab.evaluation.logs import Logged
from tipbandit_lab.evaluation.replaying import Start, cold
from tipbandit_lab.prior import documents
from tipbandit_lab.prior.naming import policy_of, version_of


@dataclass(frozen=True, slots=True, eq=False)
class Starting:
    """A player on logged decisions.

    Attributes:
        key: its name in simulation and records: ``<key>``, or ``<key>@<version>``.
        policy: the registered one. Under another key if it starts from a prior: what the log has of the registered one
            was decided without this prior.
        state: where it starts new users, if that is a prior; see ``folded``.
    """

    key: str
    policy: Policy
    state: State | None = None

    @classmethod
    def of(cls, name: str, priors: Path) -> "Starting":
        """Return who is meant by a name.

        Args:
            name: the key of a registered policy, or ``<key>@<version>``: that policy, started from that prior.
            priors: the directory with the documents of priors, ``<version>.json``.

        Raises:
            ValueError: if the policy is not registered, or the prior cannot be had or evaluated.
        """
        if (policy := policy_of(name)) is None:
            raise _unknown(name)
        if (version := version_of(name)) is None:
            return cls(name, policy)
        before, _, number = policy.key.partition("/")
        started = replace(policy, key=f"{before}-started/{number}")
        return cls(name, started, folded(policy, documents.of(priors, policy, version).prior))

    def start(self, otherwise: Start = cold) -> Start:
        """Return what it knows of a new user; ``otherwise`` if it does not start from a prior."""
        state = self.state
        return otherwise if state is None else lambda *_: state


def named(names: Sequence[str], priors: Path) -> list[Starting]:
    """Return who is meant by each name; see ``Starting.of``.

    Raises:
        ValueError: as there; all policies that are not registered are named.
    """
    if unknown := [name for name in names if policy_of(name) is None]:
        raise _unknown(*unknown)
    return [Starting.of(name, priors) for name in names]


def starts(several: Iterable[Starting]) -> Start:
    """Return what each of several players knows of a new user; any other starts without a prior."""
    states = {each.policy.key: each.state for each in several if each.state is not None}

    def start(policy: Policy, logged: Logged) -> State:
        return states.get(policy.key) or cold(policy, logged)

    return start


def folded(policy: Policy, prior: Prior) -> State:
    """Return the state without rewards that a policy reads as it reads no state with a prior.

    The prior is pseudo-rewards in it: G = P - lambda*I and b = P m, read as the prior is (``ridge.estimate``).

    Raises:
        ValueError: if the policy forgets: it would forget the prior too, which it does not.
    """
    if policy.discount != 1:
        raise ValueError(f"a prior of {policy.key}, which discounts, cannot be evaluated on logged decisions")
    plain = ridge.cold(policy.feature_set.dim)
    gram = prior.precision - policy.ridge_lambda * np.eye(policy.feature_set.dim)
    return plain._replace(gram=gram, b=prior.shift.copy())


def _unknown(*names: str) -> ValueError:
    return ValueError(f"no such policy: {', '.join(names)}; there are {', '.join(sorted(POLICIES))}")
