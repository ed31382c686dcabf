"""Two models compared: their rules side by side, and how the customers' tiers cross."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zhike.analytics.tiers.model import BY_SHARE, BY_VALUE, LOWER, Dimension
from zhike.analytics.tiers.model import TierModel as Definition
from zhike.crm.insight import labels, versions
from zhike.crm.insight.models import TierModel
from zhike.crm.studio import queries
from zhike.crm.studio.choices import CUT_NAMES
from zhike.crm.studio.forms import TRANSFORM_NAMES
from zhike.platform.templatetags import zhike_format as say


@dataclass(frozen=True)
class Rule:
    """One line; "" where a model has no such rule."""

    label: str
    a: str
    b: str

    @property
    def differs(self) -> bool:
        return self.a != self.b


def crossed(user: Any, models: Sequence[TierModel], query: Mapping[str, str]) -> dict[str, Any] | None:
    """What the page shows of the two models that ``a`` and ``b`` name; None while there is only one."""
    if len(models) < 2:
        return None
    known = {str(model.pk): model for model in models}
    a, b = (known.get(query.get(name, ""), models[place]) for place, name in enumerate(("a", "b")))
    # A model that is new has no tiers yet.
    known_both = all(versions.current_of(model) for model in (a, b))
    table = queries.cross_table(user, a, b) if known_both else None
    return {
        "a": a,
        "b": b,
        "a_name": queries.name_of(a),
        "b_name": queries.name_of(b),
        "rules": rules(a, b),
        "rows": [_row(table, (a, b), rank, name) for rank, name in table.rows] if table else [],
        "columns": [name for _rank, name in table.columns] if table else [],
    }


def _row(
    table: queries.CrossTable, pair: tuple[TierModel, TierModel], rank: int, name: str
) -> dict[str, Any]:
    cells = [table.cell(rank, column) for column, _name in table.columns]
    urls = [queries.address((pair[0], rank), (pair[1], column)) for column, _name in table.columns]
    return {
        "name": name,
        "cells": list(zip(cells, urls, strict=True)),
        "customers": sum(cell.customers for cell in cells),
        "revenue": sum(cell.revenue for cell in cells),
        "url": queries.address((pair[0], rank)),
    }


def rules(first: TierModel, second: TierModel) -> list[Rule]:
    a, b = (versions.settings_of(model).tiers for model in (first, second))
    return [*_dimensions(a, b), *_keeping(a, b), *_tiers(a, b)]


def _dimensions(a: Definition, b: Definition) -> list[Rule]:
    """By what is measured, the heaviest of either first."""
    measured = [{one.feature: one for one in model.dimensions} for model in (a, b)]
    totals = [sum(one.weight for one in model.dimensions) or 1 for model in (a, b)]

    def weight(feature: str) -> float:
        pairs = zip(measured, totals, strict=True)
        return max(of[feature].weight / total for of, total in pairs if feature in of)

    features = sorted({*measured[0], *measured[1]}, key=lambda feature: (-weight(feature), feature))
    return [
        Rule(
            labels.feature_name(feature),
            *(_counted(of.get(feature), total) for of, total in zip(measured, totals, strict=True)),
        )
        for feature in features
    ]


def _counted(dimension: Dimension | None, total: float) -> str:
    if dimension is None:
        return ""
    parts = [say.percent(dimension.weight / total), str(dict(TRANSFORM_NAMES)[dimension.transform])]
    return " · ".join([*parts, _("less is better")] if dimension.direction == LOWER else parts)


def _keeping(a: Definition, b: Definition) -> list[Rule]:
    names = dict(CUT_NAMES)
    return [
        Rule(_("Tiers are cut"), str(names[a.cut]), str(names[b.cut])),
        Rule(_("Grace period"), say.days(a.grace_days), say.days(b.grace_days)),
    ]


def _tiers(a: Definition, b: Definition) -> list[Rule]:
    """From the highest rank of either."""
    ranks = range(max(len(a.tiers), len(b.tiers)), 0, -1)
    return [Rule(_("Tier %(rank)s") % {"rank": rank}, _begins(a, rank), _begins(b, rank)) for rank in ranks]


def _begins(model: Definition, rank: int) -> str:
    tier = model.tier(rank)
    if tier is None:
        return ""
    name = labels.say(tier.name)
    if model.cut == BY_SHARE and tier.share is not None:
        return _("%(name)s: %(share)s of the customers") % {"name": name, "share": say.percent(tier.share)}
    if model.cut == BY_VALUE and tier.min_score is not None:
        return _("%(name)s: from %(points)s points") % {"name": name, "points": say.number(tier.min_score)}
    return name
