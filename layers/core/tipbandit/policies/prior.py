"""What all users taught, as where a user starts whom nothing is known about.

It comes as a document that is published once under a version, and never changes.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from tipbandit.errors import PriorUnusableError
from tipbandit.policies.policy import Policy
from tipbandit.policies.ridge import Array, Prior

__all__ = ["SCHEMA_VERSION", "VERSION_PATTERN", "Prior", "dumps", "loads"]

SCHEMA_VERSION: Final = 1
VERSION_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_MOST: Final = 1e12
"""No entry of an honest prior is larger: rewards and features lie in [-1, 1]."""
_SYMMETRY: Final = 1e-9


def dumps(prior: Prior, policy: Policy, about: Mapping[str, Any] | None = None) -> bytes:
    """Return the document of a prior: JSON that ``loads`` reads, with ``about`` (where it came from) for people."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "version": prior.version,
        "policy": policy.key,
        "feature_set": policy.feature_set.name,
        "fingerprint": policy.feature_set.fingerprint().hex(),
        "features": policy.feature_set.names,
        "mean": prior.mean.tolist(),
        "precision": prior.precision.tolist(),
        "about": dict(about or {}),
    }
    return json.dumps(document, indent=1, allow_nan=False).encode()


def loads(document: bytes, policy: Policy, version: str) -> Prior:
    """Return the prior a document holds.

    Raises:
        PriorUnusableError: if it is not the ``version`` of a prior of ``policy``, naming all that is wrong.
    """
    try:
        said = dict(json.loads(document))
        mean, precision = (np.array(said[name], dtype=np.float64) for name in ("mean", "precision"))
    except (KeyError, TypeError, ValueError):
        raise PriorUnusableError(version, ["it is no document of a prior"]) from None
    expected = {
        "schema_version": SCHEMA_VERSION,
        "version": version,
        "policy": policy.key,
        "fingerprint": policy.feature_set.fingerprint().hex(),
    }
    wrong = [f"{name} is not {value}" for name, value in expected.items() if said.get(name) != value]
    wrong += _unsound(mean, precision, policy.feature_set.dim)
    if re.fullmatch(VERSION_PATTERN, version) is None:
        wrong.append("the version is no name")
    if wrong:
        raise PriorUnusableError(version, wrong)
    return Prior(version, mean, precision)


def _unsound(mean: Array, precision: Array, dim: int) -> list[str]:
    if mean.shape != (dim,) or precision.shape != (dim, dim):
        return [f"mean and precision are not of {dim} features"]
    both = np.concatenate([mean, precision.ravel()])
    if not (np.isfinite(both).all() and np.abs(both).max() <= _MOST):
        return [f"mean and precision are not finite numbers up to {_MOST:g}"]
    if np.abs(precision - precision.T).max() > _SYMMETRY * np.abs(precision).max():
        return ["the precision is not symmetric"]
    try:
        np.linalg.cholesky(precision)
    except np.linalg.LinAlgError:
        return ["the precision is not positive definite"]
    return []
