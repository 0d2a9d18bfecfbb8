"""Derive ``open_bandit.npz`` from the wheel ``obp-0.4.1-py3-none-any.whl``, whose path is the only argument.

``pip download obp==0.4.1 --no-deps`` gets it. Nothing of the wheel is run.
"""

import csv
import hashlib
import io
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

WHEEL_SHA256: Final = "87dec9caf4283c25ab13036532e0a24566f1c7bdcad1653a8ded43b2f5ef8208"
HERE: Final = Path(__file__).parent


def table(wheel: zipfile.ZipFile, name: str) -> dict[str, list[str]]:
    """Return the columns of a CSV file."""
    rows = list(csv.DictReader(io.StringIO(wheel.read(name).decode())))
    return {column: [row[column] for row in rows] for column in rows[0]}


def codes(values: list[str]) -> Any:  # noqa: ANN401 - an array of small integers
    """Return each text as its place among the sorted different ones, as label encoders do."""
    return np.unique(values, return_inverse=True)[1].astype(np.uint8)


def main() -> None:
    """Write the columns that are needed, and no others."""
    path = Path(sys.argv[1])
    if hashlib.sha256(path.read_bytes()).hexdigest() != WHEEL_SHA256:
        sys.exit(f"{path} is not the wheel these data are from")
    with zipfile.ZipFile(path) as wheel:
        log = table(wheel, "obp/dataset/obd/random/all/all.csv")
        items = table(wheel, "obp/dataset/obd/random/all/item_context.csv")
        prior = yaml.safe_load(wheel.read("obp/policy/conf/prior_bts.yaml"))["all"]
    order = sorted(range(len(log["timestamp"])), key=log["timestamp"].__getitem__)
    np.savez_compressed(
        HERE / "open_bandit.npz",
        item=np.array(log["item_id"], dtype=np.uint8)[order],
        position=codes(log["position"])[order],
        click=np.array(log["click"], dtype=np.uint8)[order],
        propensity=np.array(log["propensity_score"], dtype=np.float64)[order],
        user=np.stack([codes(log[f"user_feature_{i}"])[order] for i in range(4)], axis=1),
        item_codes=np.stack([codes(items[f"item_feature_{i}"]) for i in (1, 2, 3)], axis=1),
        item_number=np.array(items["item_feature_0"], dtype=np.float64),
        alpha=np.array(prior["alpha"]),
        beta=np.array(prior["beta"]),
    )


if __name__ == "__main__":
    main()
