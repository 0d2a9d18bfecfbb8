"""Which prior a user's statistics are read with, and which one a new user's record names.

A user keeps the prior they started from: another one would change, from one request to the next, what was learned.
"""

from typing import Final

from tipbandit.errors import PriorsUnavailableError, PriorUnusableError
from tipbandit.policies.policy import Policy
from tipbandit.policies.prior import Prior
from tipbandit.ports import Counter, Priors, Record, Telemetry


class NoPriors:
    """``ports.Priors`` where nobody set any."""

    def current(self, policy: Policy) -> str | None:  # noqa: ARG002  the same for all
        """See ``ports.Priors.current``."""
        return None

    def get(self, policy: Policy, version: str) -> Prior:  # noqa: ARG002  the same for all
        """See ``ports.Priors.get``."""
        raise PriorUnusableError(version, ["no priors are set"])


NO_PRIORS: Final = NoPriors()


def prior_of(policy: Policy, record: Record | None, priors: Priors, telemetry: Telemetry) -> Prior | None:
    """Return the prior to decide with for a user; None for the plain ridge, also where the prior cannot be had.

    Args:
        policy: that decides.
        record: the user's; None where it could not be read: then the user is taken for a new one.
        priors: where priors are.
        telemetry: hears of one that cannot be had.
    """
    version = priors.current(policy) if record is None or record.blob is None else record.prior
    if version is None:
        return None
    try:
        return priors.get(policy, version)
    except (PriorUnusableError, PriorsUnavailableError) as error:
        _missed(policy, error, telemetry)
        return None


def version_for(policy: Policy, record: Record, priors: Priors, telemetry: Telemetry) -> str | None:
    """Return the version that the next record of a user names.

    For a new user that is the current one, unless it is known to be unusable. One that merely cannot be read now is
    named all the same: it is immutable, and the next decision reads it.
    """
    if record.blob is not None:
        return record.prior
    version = priors.current(policy)
    if version is None:
        return None
    try:
        priors.get(policy, version)
    except PriorUnusableError as error:
        _missed(policy, error, telemetry)
        return None
    except PriorsUnavailableError as error:
        _missed(policy, error, telemetry)
    return version


def _missed(policy: Policy, error: Exception, telemetry: Telemetry) -> None:
    telemetry.count(Counter.NO_PRIOR, policy.key)
    telemetry.warn("no_prior", error, [policy.key])
