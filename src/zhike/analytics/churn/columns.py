"""Reading a table of features from whatever holds it, and a hash of each row that no order changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
Columns = dict[str, Column]
Hashes = NDArray[np.uint64]
MISSING = ""


class FrameError(ValueError):
    """The table of features cannot be read; the message names the column."""


def read_frame(frame: Any, names: list[str] | None = None) -> Columns:
    """Columns of a pandas, Arrow or mapping table, or of a matrix (f0, f1 …), as numbers or texts.

    Numbers and flags become doubles with nan where missing; anything else texts, "" where missing.
    """
    if isinstance(frame, np.ndarray) and frame.ndim == 2:
        frame = {f"f{place}": frame[:, place] for place in range(frame.shape[1])}
    found = names or _names(frame)
    columns = {name: _column(frame, name) for name in found}
    if not columns:
        raise FrameError("the table has no feature")
    if len({len(column) for column in columns.values()}) > 1:
        raise FrameError("the columns differ in length")
    return columns


def _names(frame: Any) -> list[str]:
    if isinstance(frame, Mapping):
        return [str(name) for name in frame]
    return [str(name) for name in getattr(frame, "column_names", None) or frame.columns]


def _column(frame: Any, name: str) -> Column:
    try:
        raw = frame[name]
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise FrameError(f"column {name!r} is missing") from error
    if hasattr(raw, "to_pandas"):
        raw = raw.to_pandas()
    kind = getattr(getattr(raw, "dtype", None), "kind", "O")
    if kind in "biuf":
        numbers = np.asarray(raw, dtype=np.float64)
        return np.where(np.isfinite(numbers), numbers, np.nan)
    if kind == "M":
        raise FrameError(f"column {name!r} holds dates; give days before the snapshot instead")
    return _texts(raw)


def _texts(raw: Any) -> Column:
    import pandas as pd

    values = pd.Series(list(raw), dtype=object)
    known = values.notna()
    if known.any() and values[known].map(lambda v: isinstance(v, int | float | bool | np.number)).all():
        return pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    return values.where(known, MISSING).map(str).to_numpy(dtype=object)


def row_hashes(columns: Columns) -> Hashes:
    """A 64-bit hash per row of its values, the same in any order of rows and on any machine."""
    total = np.zeros(len(next(iter(columns.values()))), dtype=np.uint64)
    for name in sorted(columns):
        total = total * np.uint64(6364136223846793005) + hashes(columns[name])
    return total


def hashes(values: Any) -> Hashes:
    """A 64-bit hash of each value of one column."""
    from pandas.util import hash_array

    values = np.asarray(values)
    if values.dtype.kind not in "biuf":
        values = np.array([str(value) for value in values.tolist()], dtype=object)
    found: Hashes = hash_array(values + 0 if values.dtype.kind == "f" else values)
    return found
