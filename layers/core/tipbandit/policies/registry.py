"""Every policy the service knows, under its stable key. Adding a policy is adding an entry here."""

from typing import Final

from tipbandit.errors import UnknownPolicyError
from tipbandit.features.schema import BASE, BASE_ALIGNMENT, BASE_PROFILE
from tipbandit.policies.policy import Policy

POLICIES: Final[dict[str, Policy]] = {
    policy.key: policy
    for policy in (
        Policy(key="linucb/v1", feature_set=BASE, alpha=0.5, epsilon=0.05),
        Policy(key="linucb/v2", feature_set=BASE_ALIGNMENT, ridge_lambda=5.0, alpha=0.5, epsilon=0.05),
        Policy(key="egreedy/v1", feature_set=BASE, epsilon=0.1),
        Policy(key="egreedy/v2", feature_set=BASE_PROFILE, epsilon=0.1),
    )
}
DEFAULT_KEY: Final = "linucb/v1"
DEFAULT_VERSION: Final = "v1"


def resolve(name: str | None = None, version: str | None = None) -> Policy:
    """Return the policy a path names: no name is the default policy, no version is ``v1``.

    Raises:
        UnknownPolicyError: if there is none; the message lists those there are.
    """
    key = DEFAULT_KEY if name is None else f"{name}/{version or DEFAULT_VERSION}"
    policy = POLICIES.get(key)
    if policy is None:
        raise UnknownPolicyError(f"no such policy; there are {', '.join(sorted(POLICIES))}")
    return policy
