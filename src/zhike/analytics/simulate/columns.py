"""From NumPy arrays to Arrow columns: text by word lists, money, days, times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MONEY = pa.decimal128(18, 4)
UNKNOWN = -1
UNITS = 10_000  # money is counted in 1/10,000 inside


def words(vocabulary: Sequence[str], codes: Ints) -> pa.Array:
    """``vocabulary[code]`` for every code; a negative code is the empty string."""
    lookup = pa.array([*vocabulary, ""], pa.string())
    return lookup.take(pa.array(np.where(codes < 0, len(vocabulary), codes)))


def join(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def padded(numbers: Ints, width: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


def where(condition: Bools, left: pa.Array, right: pa.Array | str) -> pa.Array:
    return pc.if_else(pa.array(condition), left, right)


def money(units: Ints, known: Bools | None = None) -> pa.Array:
    """Decimal(18, 4) from counts of 1/10,000, written straight into the buffer."""
    pairs = np.empty((len(units), 2), dtype=np.int64)
    pairs[:, 0] = units
    pairs[:, 1] = units >> 63
    buffers = [None, pa.py_buffer(pairs)]
    values = pa.Array.from_buffers(MONEY, len(units), buffers)
    return values if known is None else pc.if_else(pa.array(known), values, pa.scalar(None, MONEY))


def integers(values: npt.NDArray[np.integer], kind: pa.DataType, known: Bools | None = None) -> pa.Array:
    return pa.array(values, mask=None if known is None else ~known).cast(kind)


def days(values: Ints, known: Bools | None = None) -> pa.Array:
    """date32 from days since 1970."""
    return integers(values.astype(np.int32), pa.date32(), known)


def seconds(values: Ints, known: Bools | None = None) -> pa.Array:
    """timestamp[s] from seconds since 1970."""
    return integers(values, pa.timestamp("s"), known)


def choose(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """Indices drawn by weight."""
    edges = np.cumsum(np.asarray(weights, dtype=float))
    return np.asarray(np.searchsorted(edges, rng.random(size) * edges[-1], side="right"), dtype=np.int64)


def choose_by_row(rng: np.random.Generator, weights: Floats, rows: Ints) -> Ints:
    """For each entry of ``rows`` an index drawn by the weights of that row."""
    edges = np.cumsum(weights, axis=1)
    edges /= edges[:, -1:]
    # Rows are laid end to end (row r covers r..r+1), so that one search serves all.
    flat = (edges + np.arange(len(weights))[:, None]).ravel()
    found = np.searchsorted(flat, rows + rng.random(len(rows)), side="right")
    width = weights.shape[1]
    return np.asarray(np.minimum(found - rows * width, width - 1), dtype=np.int64)


def expand(counts: Ints) -> tuple[Ints, Ints]:
    """For groups of these sizes: the group of every member and its rank within the group."""
    group = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return group, np.arange(len(group)) - starts[group]
