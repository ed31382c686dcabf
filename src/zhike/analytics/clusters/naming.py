"""Names in the trade's words: by the quintiles of recency, frequency and money, else by what stands out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zhike.analytics.clusters.frame import Floats
from zhike.analytics.clusters.words import HIGHER, LOST, LOWER, MIDDLE, PLAIN
from zhike.analytics.distribution import Distribution
from zhike.analytics.rfm import SCORES, SEGMENTS, segment
from zhike.analytics.sayings import Label, as_is
from zhike.analytics.words import Words

ROLES: dict[str, tuple[str, ...]] = {
    "r": ("recency_days", "recency"),
    "f": ("frequency", "purchase_days", "orders_365"),
    "m": ("net_revenue", "revenue", "monetary", "margin", "revenue_365"),
}
#: A cluster is named by a column that lies so many standard deviations from the base.
STANDS_OUT = 0.4
#: Small one-time buyers whose typical member is among the longest away are lost rather than to be won back.
LOST_SCORE = 2


def roles_of(columns: Sequence[str]) -> dict[str, str]:
    """Which columns are recency, frequency and money, by their names in the catalogue."""
    found = {}
    for role, names in ROLES.items():
        known = [name for name in names if name in columns]
        if known:
            found[role] = known[0]
    return found


def name_codes(
    columns: Sequence[str], roles: Mapping[str, str], values: Floats, medians: Floats, centers: Floats
) -> list[dict[str, Any]]:
    """One code per cluster: ``{"segment": code}`` or ``{"traits": [[column, ±1], …]}``, told apart by ``by``.

    ``values`` shape (n, d) raw, ``medians`` and ``centers`` (standardised) shape (k, d).
    """
    if set(roles) >= {"r", "f", "m"}:
        codes: list[dict[str, Any]] = [
            {"segment": code} for code in _segments(columns, roles, values, medians)
        ]
    else:
        codes = [{"traits": _traits(columns, center)} for center in centers]
    return _told_apart(codes, columns, centers)


def _segments(columns: Sequence[str], roles: Mapping[str, str], values: Floats, medians: Floats) -> list[str]:
    places = {role: list(columns).index(roles[role]) for role in ("r", "f", "m")}
    scores, means = {}, {}
    for role, place in places.items():
        sign = -1.0 if role == "r" else 1.0
        base = Distribution.from_arrays(sign * values[:, place])
        own = 1 + SCORES * base.below() // base.size
        means[role] = float((own * base.counts).sum() / base.size)
        worse = [np.mean(sign * values[:, place] < sign * median) for median in medians[:, place]]
        scores[role] = [1 + int(SCORES * share) for share in worse]
    return [
        _segment(*(scores[role][i] for role in "rfm"), *(means[role] for role in "rfm"))
        for i in range(len(medians))
    ]


def _segment(r: int, f: int, m: int, mean_r: float, mean_f: float, mean_m: float) -> str:
    found = segment(r > mean_r, f > mean_f, m > mean_m)
    return "lost" if found == "general_win_back" and r <= LOST_SCORE else found


def _traits(columns: Sequence[str], center: Floats) -> list[list[Any]]:
    """The two columns that lie furthest from the base's mean."""
    order = np.argsort(-np.abs(center), kind="stable")[:2]
    return [[columns[i], 1 if center[i] > 0 else -1] for i in order if abs(center[i]) >= STANDS_OUT]


def _told_apart(codes: list[dict[str, Any]], columns: Sequence[str], centers: Floats) -> list[dict[str, Any]]:
    """Clusters of one name get the column in which they differ most, and their place on it."""
    keys = [str(code) for code in codes]
    for key in {key for key in keys if keys.count(key) > 1}:
        same = [i for i, other in enumerate(keys) if other == key]
        column = int(np.argmax(np.ptp(centers[same], axis=0)))
        order = sorted(same, key=lambda i: -centers[i, column])
        for place, i in enumerate(order):
            codes[i] = {**codes[i], "by": [columns[column], place, len(order)]}
    return codes


def name_words(code: Mapping[str, Any], label: Label = as_is) -> Words:
    """The name of a cluster in both languages."""
    words = _base_words(code, label)
    if "by" not in code:
        return words
    column, place, count = code["by"]
    by = label(column)
    sort = HIGHER if place == 0 else LOWER if place == count - 1 else MIDDLE
    extra = sort.fill(column_en=_inside(by.en), column_zh=by.zh)
    if 0 < place < count - 1 and count > 3:
        extra = Words(f"{extra.en} {place}", f"{extra.zh} {place}")
    return Words(f"{words.en} ({extra.en})", f"{words.zh}（{extra.zh}）")


def _base_words(code: Mapping[str, Any], label: Label) -> Words:
    if "segment" in code:
        return LOST if code["segment"] == "lost" else SEGMENTS[code["segment"]]
    if not code["traits"]:
        return PLAIN
    parts = []
    for column, sign in code["traits"]:
        name = label(column)
        sort = HIGHER if sign > 0 else LOWER
        parts.append(sort.fill(column_en=_inside(name.en), column_zh=name.zh))
    return Words(", ".join(part.en for part in parts), "、".join(part.zh for part in parts))


def _inside(label: str) -> str:
    """A label as it stands within a sentence: abbreviations keep their capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]
