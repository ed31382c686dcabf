"""The colors of tiers: a palette of the house, from which each tier has its own, in badges and charts alike.

What a shade looks like, in light and in dark, stands in ``zhike.css``: ``--zk-tier-N`` is for writing,
``--zk-fill-N`` for surfaces. Who knows the tiers says which shade a rank has; else the rank itself decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zhike.platform import memo

#: The first is that of customers without a tier.
NONE = ""
SHADES = (NONE, "copper", "slate", "amber", "violet", "rose", "teal", "green", "blue")

_chosen: Callable[[], Mapping[int, str]] = dict


def read_from(chosen: Callable[[], Mapping[int, str]]) -> None:
    """Called once when the rooms are set up; ``chosen`` gives the name of the shade by rank."""
    global _chosen
    _chosen = chosen


def shade(rank: int | None) -> int:
    """The number of the shade in which the product shows a rank; 0 or None: not tiered."""
    if not rank:
        return 0
    return number(memo.once("shades", lambda: _chosen()).get(rank, NONE), rank)


def number(name: str, rank: int) -> int:
    """The number of a shade by its name; by the rank where the name is none of the palette."""
    if name != NONE and name in SHADES:
        return SHADES.index(name)
    return min(max(rank, 0), len(SHADES) - 1)


def fill(number: int) -> str:
    """The color as charts and drawings take it: it follows the theme of the page."""
    return f"var(--zk-fill-{number})"
