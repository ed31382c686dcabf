"""The columns that are clustered, and the scale on which they are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class ClusterError(ValueError):
    """The data cannot be clustered; ``code`` says why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def matrix(frame: Any, columns: Sequence[str] | None = None) -> tuple[list[str], Floats]:
    """Names and values, shape (n, d), of a mapping of arrays or a data frame; unknown values are NaN."""
    names = [
        str(name) for name in (columns or (frame.keys() if isinstance(frame, Mapping) else frame.columns))
    ]
    if not names:
        raise ClusterError("no_columns", "no column to cluster by")
    values = [np.asarray(frame[name], dtype=np.float64) for name in names]
    return names, np.column_stack(values)


@dataclass(frozen=True)
class Scale:
    """Signed log1p, then mean 0 and standard deviation 1: no column outweighs another by its unit or tail."""

    means: Floats
    spreads: Floats

    @classmethod
    def of(cls, values: Floats) -> Scale:
        logs = signed_log(values)
        spreads = logs.std(axis=0)
        return cls(logs.mean(axis=0), np.where(spreads > 0, spreads, 1.0))

    def apply(self, values: Floats) -> Floats:
        return (signed_log(values) - self.means) / self.spreads

    def undo(self, scaled: Floats) -> Floats:
        logs = scaled * self.spreads + self.means
        return np.sign(logs) * np.expm1(np.abs(logs))


def signed_log(values: Floats) -> Floats:
    """log1p of the size with the sign kept: net revenue may be negative."""
    return np.sign(values) * np.log1p(np.abs(values))
