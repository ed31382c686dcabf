"""Weights from pairwise judgements: the analytic hierarchy process (层次分析法).

The weights are the principal eigenvector of the matrix of judgements; how far the judgements contradict each
other is the consistency ratio. T. L. Saaty, "Decision making with the analytic hierarchy process",
International Journal of Services Sciences 1 (2008), 83–98.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Consistency of random judgements, for 1 to 10 criteria (Saaty).
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
MOST_CRITERIA = len(RANDOM_INDEX)
#: From this consistency ratio on judgements contradict each other too much to be used.
MOST_INCONSISTENT = 0.1
#: Judgements go from 1/9 (far less important) to 9 (far more important).
LARGEST = 9.0


@dataclass(frozen=True)
class Judgement:
    """Row ``i`` was judged ``given`` times as important as row ``j``; the weights say ``implied``."""

    i: int
    j: int
    given: float
    implied: float

    @property
    def distance(self) -> float:
        """How far apart the two are, as the ratio's logarithm."""
        return float(abs(np.log(self.given / self.implied)))


class InconsistentJudgementsError(ValueError):
    """The judgements contradict each other; ``worst`` are those that the others speak against most."""

    def __init__(self, consistency_ratio: float, worst: list[Judgement]) -> None:
        super().__init__(f"consistency ratio {consistency_ratio:.3f} is not below {MOST_INCONSISTENT}")
        self.consistency_ratio = consistency_ratio
        self.worst = worst


def judgement_matrix(upper: Sequence[float]) -> NDArray[np.float64]:
    """The whole matrix (n, n) from its upper triangle by rows (n(n − 1)/2 judgements).

    Raises ValueError for a number of judgements that fits no matrix.
    """
    size = round((1 + np.sqrt(1 + 8 * len(upper))) / 2)
    if size * (size - 1) // 2 != len(upper):
        raise ValueError(f"{len(upper)} judgements fill no upper triangle")
    matrix = np.ones((size, size))
    rows, columns = np.triu_indices(size, 1)
    matrix[rows, columns] = upper
    matrix[columns, rows] = 1 / np.asarray(upper, dtype=float)
    return matrix


def ahp_weights(matrix: ArrayLike) -> tuple[NDArray[np.float64], float, float]:
    """Weights (n,) summing to 1, the principal eigenvalue, and the consistency ratio.

    ``matrix`` is (n, n) with positive entries and a_ji = 1/a_ij, n from 1 to 10. Raises ValueError otherwise;
    nothing is refused for inconsistency here (``weigh`` does).
    """
    judged = _checked(matrix)
    size = len(judged)
    if size == 1:
        return np.ones(1), 1.0, 0.0
    values, vectors = np.linalg.eig(judged)
    first = int(np.argmax(values.real))
    weights = np.abs(vectors[:, first].real)
    largest = float(values[first].real)
    index = (largest - size) / (size - 1)
    ratio = max(0.0, index / RANDOM_INDEX[size - 1]) if size > 2 else 0.0
    return weights / weights.sum(), largest, ratio


def weigh(matrix: ArrayLike) -> NDArray[np.float64]:
    """The weights of consistent judgements. Raises ``InconsistentJudgementsError`` from a ratio of 0.1 on."""
    weights, _largest, ratio = ahp_weights(matrix)
    if ratio >= MOST_INCONSISTENT:
        raise InconsistentJudgementsError(ratio, worst_judgements(matrix))
    return weights


def worst_judgements(matrix: ArrayLike, *, count: int = 1) -> list[Judgement]:
    """The judgements furthest from what the weights imply, furthest first; equally far ones come together.

    Of three criteria all three judgements are always equally far.
    """
    judged = _checked(matrix)
    weights = ahp_weights(judged)[0]
    rows, columns = np.triu_indices(len(judged), 1)
    found = [
        Judgement(int(i), int(j), float(judged[i, j]), float(weights[i] / weights[j]))
        for i, j in zip(rows, columns, strict=True)
    ]
    found.sort(key=lambda one: -one.distance)
    if len(found) <= count:
        return found
    edge = found[count - 1].distance - 1e-9
    return [one for one in found if one.distance >= edge]


def group_judgements(matrices: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """The judgement (n, n) of several experts: the geometric mean of theirs, which keeps a_ji = 1/a_ij.

    Raises ValueError for what is no matrix of judgements, and for experts who judge other criteria.

    J. Aczél, T. L. Saaty, "Procedures for synthesizing ratio judgements", J. Math. Psychology 27 (1983).
    """
    judged = [_checked(matrix) for matrix in matrices]
    if not judged or len({len(one) for one in judged}) != 1:
        raise ValueError("the experts must judge the same criteria")
    mean: NDArray[np.float64] = np.exp(np.mean([np.log(one) for one in judged], axis=0))
    return mean


def _checked(matrix: ArrayLike) -> NDArray[np.float64]:
    judged = np.asarray(matrix, dtype=float)
    if judged.ndim != 2 or judged.shape[0] != judged.shape[1] or not 1 <= len(judged) <= MOST_CRITERIA:
        raise ValueError(f"judgements form a square matrix of 1 to {MOST_CRITERIA} criteria")
    if not np.all(np.isfinite(judged)) or np.any(judged <= 0):
        raise ValueError("every judgement is a number above zero")
    if not np.allclose(judged * judged.T, 1, rtol=1e-6):
        raise ValueError("the judgement of j against i is the reciprocal of i against j")
    return judged
