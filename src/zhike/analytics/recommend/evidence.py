"""Why a product is offered, as JSON text for many rows at once."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhike.analytics.recommend.matrix import Floats, Integers

PRODUCTS_NAMED = 3


def product_texts(products: pa.Array) -> pa.Array:
    """Each product's id as JSON: 17 or "85123A"."""
    return pa.array(
        [json.dumps(product, ensure_ascii=False) for product in products.to_pylist()], pa.string()
    )


def strongest_links(model: Any, rows: Any, offered: Integers) -> Integers:
    """The bought products behind each offered one: (n, offers, PRODUCTS_NAMED) codes, -1 where none.

    ``rows`` are sparse rows of n customers, none empty; ``offered`` (n, offers) codes, -1 for no offer.
    """
    bought, starts = rows.indices, rows.indptr[:-1]
    owner = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    found = np.full((*offered.shape, PRODUCTS_NAMED), -1, np.int64)
    for place in range(offered.shape[1]):
        target = offered[:, place]
        strength = model.links(bought, np.maximum(target, 0)[owner])
        _take_strongest(strength, bought, owner, starts, found[:, place])
        found[target < 0, place] = -1
    return found


def _take_strongest(strength: Floats, bought: Any, owner: Integers, starts: Any, out: Any) -> None:
    """Fill ``out`` (n, PRODUCTS_NAMED): the largest above zero of each customer, then the next."""
    strength = strength.copy()
    index = np.arange(len(strength))
    for turn in range(out.shape[1]):
        best = np.maximum.reduceat(strength, starts)
        first = np.minimum.reduceat(np.where(strength == best[owner], index, len(strength)), starts)
        out[:, turn] = np.where(best > 0, bought[first], -1)
        strength[first] = -np.inf


def bought_with(links: Integers, texts: pa.Array) -> pa.Array:
    """``{"code": "bought_with", "products": […]}`` for rows of product codes (m, PRODUCTS_NAMED)."""
    parts = [pc.take(texts, pa.array(column, mask=column < 0)) for column in links.T]
    # Arrow drops a row of nulls alone from the join; the strongest product is null only with all others.
    parts[0] = pc.fill_null(parts[0], "")
    joined = pc.binary_join_element_wise(*parts, ", ", null_handling="skip")
    return pc.binary_join_element_wise('{"code": "bought_with", "products": [', joined, "]}", "")


def popular_text(segment: Any, customers: int, buyers: int, days: int) -> str:
    """``buyers`` of the segment's ``customers`` bought it within ``days``; segment null: of all customers."""
    return json.dumps(
        {
            "code": "popular_in_segment", "segment": segment, "buyers": buyers, "customers": customers,
            "days": days,
        },
        ensure_ascii=False,
    )  # fmt: skip
