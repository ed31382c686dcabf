"""Customers with equal history are one row with a weight: models are fitted on distinct histories.

A million customers with weekly histories are about fifty thousand distinct rows (x, t_x, T).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
# Above this many cells a histogram misses the cache and loses to sorting.
DENSE_CELLS = 4_000_000


class DataError(ValueError):
    """The histories cannot be read; the message names the column, the row and the remedy."""


@dataclass(frozen=True)
class Groups:
    """Distinct histories: ``columns`` are arrays of one length, ``weight`` counts the customers of each.

    ``values`` are the distinct values of the first column and ``place`` each row's position in them, so that
    gamma functions are evaluated once per distinct count.
    """

    columns: tuple[Floats, ...]
    weight: Floats
    values: Floats
    place: Integers

    @property
    def customers(self) -> float:
        return float(self.weight.sum())

    @property
    def value_weight(self) -> Floats:
        """Customers per distinct value of the first column."""
        return np.bincount(self.place, self.weight, len(self.values)).astype(np.float64)


def read_columns(X: Any, names: Sequence[str]) -> list[NDArray[Any]]:
    """The named columns of a data frame, an Arrow table or a mapping, as arrays without gaps.

    Raises :class:`DataError` for a missing column, a missing or infinite value, or a negative one.
    """
    found = [_column(X, name) for name in names]
    if len({len(values) for values in found}) > 1:
        raise DataError(f"columns {', '.join(names)} differ in length")
    return found


def _column(X: Any, name: str) -> NDArray[Any]:
    try:
        raw = X[name]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise DataError(f"column {name!r} is missing") from error
    values = np.asarray(raw)
    if values.dtype.kind not in "iu":
        values = values.astype(np.float64)
        _refuse(name, ~np.isfinite(values), "is missing or infinite")
    _refuse(name, values < 0, "is negative")
    return values


def _refuse(name: str, wrong: NDArray[np.bool_], words: str) -> None:
    if wrong.any():
        raise DataError(f"column {name!r}, row {int(np.argmax(wrong))}: the value {words}")


def group(arrays: Sequence[NDArray[Any]], weight: Any = None) -> Groups:
    """Distinct rows with their summed weights."""
    rows, counts = _distinct(arrays, weight)
    values, place = np.unique(rows[0], return_inverse=True)
    return Groups(rows, counts, values, place.astype(np.int64))


def distinct_rows(arrays: Sequence[NDArray[Any]]) -> tuple[tuple[Floats, ...], Integers]:
    """Distinct rows, and for every row given the position of its own among them."""
    key, sizes, levels = _keys(arrays)
    found, inverse = np.unique(key, return_inverse=True)
    return _rows(found, sizes, levels), inverse


def _distinct(arrays: Sequence[NDArray[Any]], weight: Any) -> tuple[tuple[Floats, ...], Floats]:
    key, sizes, levels = _keys(arrays)
    weights = None if weight is None else np.asarray(weight, dtype=np.float64)
    cells = int(np.prod([float(size) for size in sizes]))
    if cells <= DENSE_CELLS:
        histogram = np.bincount(key, weights, minlength=cells)
        found = np.flatnonzero(histogram)
        return _rows(found, sizes, levels), histogram[found].astype(np.float64)
    if weights is None:
        found, counts = np.unique(key, return_counts=True)
        return _rows(found, sizes, levels), counts.astype(np.float64)
    found, inverse = np.unique(key, return_inverse=True)
    return _rows(found, sizes, levels), np.bincount(inverse, weights).astype(np.float64)


def _keys(arrays: Sequence[NDArray[Any]]) -> tuple[Integers, list[int], list[Floats | None]]:
    """One integer per row that stands for its values; ``levels`` is None where the value is its own code."""
    key: Integers | None = None
    sizes: list[int] = []
    levels: list[Floats | None] = []
    for values in arrays:
        codes, size, level = _coded(values)
        key = codes if key is None else key * size + codes
        sizes.append(size)
        levels.append(level)
    assert key is not None
    return key, sizes, levels


def _coded(values: NDArray[Any]) -> tuple[Integers, int, Floats | None]:
    if len(values) and values.max() < 2**20:
        whole = values if values.dtype.kind in "iu" else None
        if whole is None and np.array_equal(values, np.floor(values)):
            whole = values
        if whole is not None:
            return whole.astype(np.int64), int(values.max()) + 1, None
    level, codes = np.unique(values.astype(np.float64), return_inverse=True)
    return codes.astype(np.int64), max(1, len(level)), level


def _rows(found: Integers, sizes: list[int], levels: list[Floats | None]) -> tuple[Floats, ...]:
    rows: list[Floats] = []
    rest = found
    for size, level in zip(reversed(sizes), reversed(levels), strict=True):
        codes = rest % size
        rest = rest // size
        rows.append(codes.astype(np.float64) if level is None else level[codes])
    return tuple(reversed(rows))
