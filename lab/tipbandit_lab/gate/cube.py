"""From the rows of a table to an array with one axis for each of some columns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tipbandit_lab.arrays import Floats, Ints


def codes(column: pa.ChunkedArray, values: Sequence[Any]) -> Ints:
    """Return each row's place in ``values``; -1 for a row that is none of them."""
    places = pc.index_in(column, value_set=pa.array(values, type=column.type))
    found: Ints = pc.fill_null(places, -1).to_numpy().astype(np.int64)
    return found


class Rows:
    """A table, its rows assigned to the cells of an array.

    Rows of one cell (blocks, and whatever else is no axis) are combined.

    Args:
        table: the rows; each must have one of the ``axes``' values in each of their columns.
        axes: by column name, the values along that axis.

    Raises:
        ValueError: if rows have other values; every such column is named.
    """

    def __init__(self, table: pa.Table, axes: Mapping[str, Sequence[Any]]) -> None:
        self._table = table
        self._shape = tuple(len(values) for values in axes.values())
        places = {name: codes(table[name], values) for name, values in axes.items()}
        if strange := [name for name, found in places.items() if (found < 0).any()]:
            raise ValueError(f"rows have values that were not expected in {', '.join(strange)}")
        self._cells = np.ravel_multi_index(tuple(places.values()), self._shape)

    def sum(self, column: str, *, times: str | None = None) -> Floats:
        """Return the sum of a column in each cell, of its product with another if one is named; 0 without rows."""
        values = self._floats(column) * (1.0 if times is None else self._floats(times))
        cells: Floats = np.bincount(self._cells, weights=values, minlength=int(np.prod(self._shape))).astype(np.float64)
        return cells.reshape(self._shape)

    def least(self, column: str, *, sign: float = 1.0) -> Floats:
        """Return the least of ``sign`` times a column in each cell; NaN if one is NaN, infinite without rows."""
        cells = np.full(int(np.prod(self._shape)), np.inf)
        with np.errstate(invalid="ignore"):  # a NaN is an answer
            np.minimum.at(cells, self._cells, sign * self._floats(column))
        return cells.reshape(self._shape)

    def _floats(self, column: str) -> Floats:
        values: Floats = self._table[column].to_numpy().astype(np.float64)
        return values
