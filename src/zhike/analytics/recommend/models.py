"""Two item-to-item models with one face: scores of all products for some customers, and where they come from.

EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019) solves one ridge regression of
every product on all others: I² memory and I³ time for I products. BM25 neighbours (Robertson & Zaragoza 2009,
after the library implicit, but with the nearest of the offered product instead of the bought one, which
measures better) keep few links per product and go far above that.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve, lapack

from zhike.analytics.recommend.matrix import Floats

EASE_LIMIT = 8_000
_BLOCK = 256


class Ease:
    """Weights B with a zero diagonal minimising |X - XB|² + penalty |B|²."""

    def __init__(self, penalty: float = 500.0) -> None:
        self.penalty = penalty

    def fit(self, matrix: Any) -> Self:
        """Learn from a sparse (customers, products) matrix of ones."""
        gram = _gram(matrix, self.penalty)
        factor, failed = lapack.dpotrf(gram, lower=1, overwrite_a=1)
        inverse, failed_too = lapack.dpotri(factor, lower=1, overwrite_c=1)
        if failed or failed_too:
            raise ValueError("the matrix of purchases cannot be inverted: raise the penalty")
        _mirror(inverse)
        inverse /= -np.diag(inverse).copy()
        np.fill_diagonal(inverse, 0)
        self.weights_ = np.ascontiguousarray(inverse, dtype=np.float32)
        return self

    def column(self, matrix: Any, product: int) -> Floats:
        """The weights (products,) that lead to one product, by one solution instead of the inverse."""
        unit = np.zeros(matrix.shape[1])
        unit[product] = 1
        solved = cho_solve(cho_factor(_gram(matrix, self.penalty), lower=True, overwrite_a=True), unit)
        weights = solved / -solved[product]
        weights[product] = 0
        return weights.astype(np.float32)

    def scores(self, rows: Any) -> Floats:
        """Dense (n, products) scores of customers given by their sparse rows."""
        return np.asarray(rows @ self.weights_)

    def links(self, bought: Any, offered: Any) -> Floats:
        """What each bought product adds to the score of each offered one, elementwise."""
        return self.weights_[bought, offered]


class Bm25:
    """Cosine-like similarity of products by BM25-weighted customers, the ``neighbors`` nearest of each."""

    def __init__(self, neighbors: int = 100, k1: float = 1.2, b: float = 0.75) -> None:
        self.neighbors, self.k1, self.b = neighbors, k1, b

    def fit(self, matrix: Any) -> Self:
        """Learn from a sparse (customers, products) matrix of ones."""
        weighted = self._weighted(matrix).tocsc()
        size = matrix.shape[1]
        parts = [self._nearest(weighted, start) for start in range(0, size, _BLOCK)]
        self.weights_ = sparse.vstack(parts).tocsc().T.tocsr() if parts else sparse.csr_matrix((size, size))
        return self

    def column(self, matrix: Any, product: int) -> Floats:
        """Similarities (products,) to one product."""
        weighted = self._weighted(matrix).tocsc()
        found = np.asarray((weighted.T @ weighted[:, [product]]).todense()).ravel()
        found[product] = 0
        return _strongest(found[None, :], self.neighbors).astype(np.float32)[0]

    def scores(self, rows: Any) -> Floats:
        """Dense (n, products) scores of customers given by their sparse rows, 1 for each one's highest."""
        found = (rows @ self.weights_).toarray()
        return found / np.maximum(found.max(axis=1, keepdims=True), np.finfo(np.float32).tiny)

    def links(self, bought: Any, offered: Any) -> Floats:
        """What each bought product adds to the score of each offered one, elementwise."""
        return np.asarray(self.weights_[bought, offered]).ravel()

    def _weighted(self, matrix: Any) -> Any:
        """Rare products count more, customers who buy everything count less."""
        sizes = np.diff(matrix.indptr)
        length = (1 - self.b) + self.b * sizes / max(sizes.mean(), 1e-9)
        rarity = np.log(max(matrix.shape[0], 1)) - np.log1p(
            np.bincount(matrix.indices, minlength=matrix.shape[1])
        )
        row_weight = np.repeat((self.k1 + 1) / (self.k1 * length + 1), sizes)
        data = (row_weight * rarity[matrix.indices]).astype(np.float32)
        return sparse.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)

    def _nearest(self, weighted: Any, start: int) -> Any:
        """Rows of a block of products, each with its nearest products."""
        block = weighted[:, start : start + _BLOCK]
        found = np.asarray((block.T @ weighted).todense())
        places = np.arange(found.shape[0])
        found[places, start + places] = 0
        return sparse.csr_matrix(_strongest(found, self.neighbors))


def choose_model(products: int, *, penalty: float, ease_limit: int = EASE_LIMIT) -> Ease | Bm25:
    """EASE up to ``ease_limit`` products, BM25 neighbours above."""
    return Ease(penalty) if products <= ease_limit else Bm25()


def _gram(matrix: Any, penalty: float) -> Any:
    # Whole numbers below 2^24: exact in float32 whatever the order of the sum.
    gram = np.asfortranarray((matrix.T @ matrix).toarray(), dtype=np.float64)
    gram[np.diag_indices_from(gram)] += penalty
    return gram


def _mirror(lower: Any) -> None:
    """Copy the lower triangle over the upper one, block by block."""
    size = len(lower)
    for start in range(0, size, _BLOCK):
        stop = min(start + _BLOCK, size)
        lower[start:stop, stop:] = lower[stop:, start:stop].T
        block = np.tril(lower[start:stop, start:stop])
        lower[start:stop, start:stop] = block + np.tril(block, -1).T


def _strongest(values: Any, count: int) -> Any:
    """Everything but the ``count`` largest of each row set to zero; ties at the border all stay."""
    if values.shape[1] <= count:
        return values
    border = np.partition(values, -count, axis=1)[:, -count]
    return np.where(values >= np.maximum(border, 0)[:, None], values, 0)
