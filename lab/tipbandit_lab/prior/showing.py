"""Show a prior as a table."""

from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from tipbandit_lab.arrays import Floats
from tipbandit_lab.prior.documents import Document

_LISTED = (
    "users",
    "rewards",
    "rewards_by_policy",
    "left_out",
    "window",
    "sigma2",
    "trust",
    "lake",
    "code_version",
    "commit",
)


def show(document: Document, console: Console) -> None:
    """Print what new users start with, and where it came from."""
    prior, about = document.prior, document.about
    names = document.policy.feature_set.names
    spread = deviations(document)
    worth = rewards_worth(document)
    right = [Column(name, justify="right") for name in ("mean", "sd", "worth rewards")]
    table = Table("feature", *right, title=f"{escape(prior.version)}, of {escape(document.policy.key)}")
    for place, name in enumerate(names):
        sd = "-" if spread is None else f"{spread[place]:.4f}"
        table.add_row(name, f"{prior.mean[place]:+.4f}", sd, "-" if worth is None else f"{worth[place]:.1f}")
    console.print(table)
    for name in _LISTED:
        if name in about:
            console.print(f"{name.replace('_', ' ')}: {_said(about[name])}", highlight=False, markup=False)


def deviations(document: Document) -> Floats | None:
    """Return how uncertain each weight of a new user is, a standard deviation (D,); None if the noise is not said."""
    sigma2 = document.about.get("sigma2")
    if not isinstance(sigma2, float | int) or not sigma2 > 0:
        return None
    deviation: Floats = np.sqrt(sigma2 * np.diag(np.linalg.inv(document.prior.precision)))
    return deviation


def rewards_worth(document: Document) -> Floats | None:
    """Return how many rewards say as much of each weight as the prior does, shape (D,).

    In units of the noise the prior has 1/(P^-1)_jj of weight j, and a reward x_j^2, taken at its mean; None where that
    is not said.
    """
    said = document.about.get("mean_square")
    names = document.policy.feature_set.names
    if not isinstance(said, dict) or set(said) != set(names):
        return None
    square = np.array([said[name] for name in names], dtype=np.float64)
    with np.errstate(divide="ignore"):
        worth: Floats = 1 / (np.diag(np.linalg.inv(document.prior.precision)) * square)
    return worth


def _said(value: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items()) or "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
