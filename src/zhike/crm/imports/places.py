"""Provinces and cities of a row: a city is told by its province, and foreign places are left in words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from zhike.analytics.tabular import Batch, Problem, clean
from zhike.data import regions

if TYPE_CHECKING:
    from zhike.crm.imports.ingest import Plan

Bad = dict[int, list[tuple[str, Problem]]]


def settle(batch: Batch, plan: Plan, columns: list[list[Any]], bad: Bad) -> None:
    """Turn city names into codes, supply a missing province, and drop codes of foreign places."""
    at = {column.target: place for place, column in enumerate(plan.columns) if not column.custom}
    if "province" not in at and "city" not in at:
        return
    for index in range(len(batch)):
        abroad = "country" in at and _abroad(columns[at["country"]][index])
        if abroad:
            _leave_out(index, at, plan, columns, bad)
        elif "city" in at:
            _settle_city(index, at, plan, columns, bad)


def _abroad(country: Any) -> bool:
    return isinstance(country, str) and country.casefold() not in regions.CHINA


def _leave_out(index: int, at: dict[str, int], plan: Plan, columns: list[list[Any]], bad: Bad) -> None:
    """China's codes say nothing about a foreign place."""
    headers = set()
    for name in ("province", "city"):
        if name in at:
            columns[at[name]][index] = None
            headers.add(plan.columns[at[name]].header)
    if index in bad:
        bad[index] = [found for found in bad[index] if found[0] not in headers]
        if not bad[index]:
            del bad[index]


def _settle_city(index: int, at: dict[str, int], plan: Plan, columns: list[list[Any]], bad: Bad) -> None:
    text = columns[at["city"]][index]
    if not isinstance(text, str):
        return
    province = columns[at["province"]][index] if "province" in at else None
    code = _city(text, province if isinstance(province, str) else "")
    if code is None:
        columns[at["city"]][index] = None
        problem = Problem("unknown_city", {"value": clean(text)})
        bad.setdefault(index, []).append((plan.columns[at["city"]].header, problem))
        return
    columns[at["city"]][index] = code if len(code) == 4 else None
    if "province" in at and province is None:
        columns[at["province"]][index] = code[:2]


@lru_cache(maxsize=20_000)
def _city(text: str, province: str) -> str | None:
    found = regions.find_city(text, province=province)
    if found is not None:
        return found.code
    # A municipality or a province may stand in the city's column.
    unit = regions.find_province(text)
    return unit.code if unit and province in ("", unit.code) else None
