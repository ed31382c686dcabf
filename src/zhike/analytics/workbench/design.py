"""From variables to the columns of a model: levels become 0/1 columns, repeated information is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zhike.analytics.workbench.data import OTHER, Data, Floats
from zhike.analytics.workbench.result import Cell, Result, level, var

LEVELS = 12
#: A level needs so many rows to get a column of its own.
LEAST = 10
DEPENDENT = 1e-8


@dataclass(frozen=True)
class Design:
    """``names`` as rules carry them ("variable" or "variable=level"), ``origins`` the variables behind."""

    values: Floats
    names: list[str]
    origins: list[str]
    cells: list[Cell]

    def kept(self, places: Sequence[int]) -> Design:
        pick = list(places)
        return Design(
            self.values[:, pick],
            [self.names[i] for i in pick],
            [self.origins[i] for i in pick],
            [self.cells[i] for i in pick],
        )


def columns(
    result: Result, data: Data, names: Sequence[str], rows: NDArray[np.int64], *, every_level: bool = False
) -> Design:
    """The columns, shape (n, d); a category gets one per level but the first, the most frequent one."""
    values: list[Floats] = []
    labels: list[tuple[str, str, Cell]] = []
    for name in names:
        if data.is_number(name):
            values.append(data.number(name)[rows])
            labels.append((name, name, var(name)))
            continue
        coded = data.coded(name, most=LEVELS)
        if OTHER in coded.levels:
            result.warn("many_levels", variable=var(name), kept=LEVELS - 1)
        codes = coded.codes[rows]
        counts = np.bincount(codes, minlength=len(coded.levels))
        base = int(np.argmax(counts)) if not every_level else -1
        for place, text in enumerate(coded.levels):
            if place != base and counts[place] >= LEAST:
                values.append((codes == place).astype(np.float64))
                labels.append((f"{name}={text}", name, level(name, text)))
    body = np.column_stack(values) if values else np.empty((len(rows), 0))
    found = Design(body, [one[0] for one in labels], [one[1] for one in labels], [one[2] for one in labels])
    return found.kept(np.flatnonzero(np.ptp(body, axis=0) > 0).tolist()) if len(rows) else found


def independent(result: Result, design: Design) -> Design:
    """Without the columns that follow from those before them: a model cannot tell such apart."""
    scaled = _scaled(design.values)
    gram = scaled.T @ scaled / max(1, len(scaled))
    kept: list[int] = []
    for place in range(len(gram)):
        own = gram[place, place]
        if kept:
            known = np.linalg.lstsq(gram[np.ix_(kept, kept)], gram[kept, place], rcond=None)[0]
            own -= gram[kept, place] @ known
        if own > DEPENDENT:
            kept.append(place)
    dropped = sorted({design.origins[i] for i in range(len(gram)) if i not in kept})
    if dropped:
        result.warn("redundant", columns={"vars": dropped})
    return design.kept(kept)


def variance_inflation(values: Floats) -> Floats:
    """VIF per column: 1 / (1 - R²) of the column on all others, shape (d,)."""
    if values.shape[1] < 2:
        return np.ones(values.shape[1])
    scaled = _scaled(values)
    return np.diag(np.linalg.inv(scaled.T @ scaled / len(scaled)))


def _scaled(values: Floats) -> Floats:
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
