"""What a run leaves behind: four tables, written as Parquet. One definition for who writes and who reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

_WHO: Final = (("player", pa.string()), ("persona", pa.string()), ("seed", pa.int32()), ("block", pa.int32()))

DAYS: Final = pa.schema(
    [
        *_WHO,
        ("day", pa.int16()),
        ("decisions", pa.int32()),  # users x moments
        ("reward", pa.float64()),  # sum of what was learned
        ("expected", pa.float64()),  # sum of the expected rewards of what was shown
        ("explored", pa.int32()),
        ("completed", pa.int32()),
        ("snoozed", pa.int32()),
        ("ignored", pa.int32()),
        ("dismissed", pa.int32()),
        ("least_propensity", pa.float64()),  # of any candidate
        ("mass_error", pa.float64()),  # the most by which a decision's propensities miss the sum of 1
        ("unsound", pa.int32()),  # users with a state that is not finite, at the end of the day
    ]
)
"""A row for each player, persona, seed, block and day; all sums are over the users of the block."""

CALIBRATION: Final = pa.schema(
    [
        *_WHO,
        ("bin", pa.int16()),  # floor(20 p), 20 for p = 1
        ("candidates", pa.int64()),  # pairs of decision and candidate whose stated propensity falls in the bin
        ("propensity", pa.float64()),  # sum of p: how many should have been shown
        ("variance", pa.float64()),  # sum of p (1 - p)
        ("shown", pa.int64()),  # how many were
    ]
)
"""Stated propensities against what was shown."""

POSITIONS: Final = pa.schema([*_WHO, ("position", pa.int16()), ("shown", pa.int64())])
"""How often the tip at each place of the list was shown: places mean nothing, so all are equally often right."""

WEIGHTS: Final = pa.schema(
    [*_WHO, ("feature", pa.string()), ("users", pa.int32()), ("mean", pa.float64()), ("square", pa.float64())]
)
"""The weights learned by the end: mean over the users, and mean of squares."""

TABLES: Final = {"days": DAYS, "calibration": CALIBRATION, "positions": POSITIONS, "weights": WEIGHTS}


@dataclass(frozen=True, slots=True)
class Results:
    """A run, read back: its whole configuration with the code version (``config``), and its tables."""

    config: Mapping[str, Any]
    days: pa.Table
    calibration: pa.Table
    positions: pa.Table
    weights: pa.Table
