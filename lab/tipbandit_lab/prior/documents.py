"""Priors as documents: named by their numbers, written once, read with all that was said about them."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from tipbandit.errors import PriorUnusableError
from tipbandit.policies.policy import Policy
from tipbandit.policies.prior import VERSION_PATTERN, dumps, loads
from tipbandit.policies.registry import POLICIES
from tipbandit.policies.ridge import Prior
from tipbandit_lab.arrays import Floats
from tipbandit_lab.files import replacing
from tipbandit_lab.prior.errors import PriorError

_DIGITS: Final = 10
"""That count: the same lake on another machine differs in the last bits of a sum, and is the same version."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A prior as it is kept: the policy it is of, its numbers, what is said about it, and the bytes."""

    policy: Policy
    prior: Prior
    about: Mapping[str, Any]
    content: bytes

    def same_numbers(self, other: bytes) -> bool:
        """Tell whether another document would serve in the same way."""
        try:
            there = loads(other, self.policy, self.prior.version)
        except PriorUnusableError:
            return False
        pairs = ((there.mean, self.prior.mean), (there.precision, self.prior.precision))
        return all(np.array_equal(one, own) for one, own in pairs)


def named(policy: Policy, last: date, mean: Floats, precision: Floats) -> Prior:
    """Return a prior under its version: policy, last day of the window, and 8 hex digits of what it holds.

    Raises:
        PriorError: if the policy's key makes no name of a version.
    """
    mean, precision = _rounded(mean), _rounded(precision)
    holds = [policy.key, policy.feature_set.fingerprint().hex(), mean.tolist(), precision.tolist()]
    digest = hashlib.sha256(json.dumps(holds).encode()).hexdigest()
    version = f"{policy.key.replace('/', '-')}.{last.isoformat()}.{digest[:8]}"
    if re.fullmatch(VERSION_PATTERN, version) is None:
        raise PriorError(f"{version} cannot be the name of a version: the policy's key is too long, or begins oddly")
    return Prior(version, mean, precision)


def write(path: Path, policy: Policy, prior: Prior, about: Mapping[str, Any]) -> Path:
    """Write a prior and return where: in ``path`` if that is a .json, else ``<version>.json`` in it, a directory.

    The same numbers stay as they are.

    Raises:
        PriorError: if something else is there under that name.
    """
    place = path if path.suffix == ".json" else path / f"{prior.version}.json"
    document = Document(policy, prior, about, dumps(prior, policy, about) + b"\n")
    if place.exists():
        if document.same_numbers(place.read_bytes()):
            return place
        raise PriorError(f"{place} is there already, and another prior; a document is never changed")
    place.parent.mkdir(parents=True, exist_ok=True)
    with replacing(place) as written:
        written.write_bytes(document.content)
    return place


def read(path: Path) -> Document:
    """Read a prior.

    Raises:
        PriorError: if there is none, or it could not serve; all that is wrong is named.
    """
    try:
        content = path.read_bytes()
        said = dict(json.loads(content))
        key, version = str(said["policy"]), str(said["version"])
    except FileNotFoundError:
        raise PriorError(f"there is no prior at {path}") from None
    except (KeyError, TypeError, ValueError):
        raise PriorError(f"{path} is no document of a prior") from None
    if key not in POLICIES:
        raise PriorError(f"{path} is a prior of {key}; there are {', '.join(POLICIES)}")
    try:
        prior = loads(content, POLICIES[key], version)
    except PriorUnusableError as error:
        raise PriorError(f"{path}: {error}") from None
    about = said.get("about")
    return Document(POLICIES[key], prior, about if isinstance(about, dict) else {}, content)


def of(directory: Path, policy: Policy, version: str) -> Document:
    """Read one version of a policy's prior from a directory of documents, ``<version>.json``.

    Raises:
        PriorError: if there is none of that name, policy and version.
    """
    if re.fullmatch(VERSION_PATTERN, version) is None:
        raise PriorError(f"{version} is no version of a prior")
    document = read(directory / f"{version}.json")
    wrong = [f"a prior of {document.policy.key}, not of {policy.key}"] if document.policy.key != policy.key else []
    if document.prior.version != version:
        wrong.append(f"version {document.prior.version}, not {version}")
    if wrong:
        raise PriorError(f"{directory / version}.json is {' and '.join(wrong)}")
    return document


def _rounded(numbers: Floats) -> Floats:
    """Round to so many significant digits; what is symmetric stays so."""
    return np.array([float(f"{each:.{_DIGITS}g}") for each in numbers.ravel()]).reshape(numbers.shape)
