"""What customers of the snapshot may be grouped by: their attributes, with the words of each value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from zhike.crm.accounts.models import Team, User
from zhike.crm.customers.choices import BusinessModel, CustomerType, Gender, Kind, Size
from zhike.crm.insight import labels
from zhike.crm.insight.snapshot_queries import Snapshot
from zhike.data import industries, regions

Names = Callable[[Snapshot, list[Any]], dict[Any, str]]


@dataclass(frozen=True)
class Dimension:
    """``column`` of the snapshot, the customer list's ``filter``, how its codes read (``names``), and
    their natural ``order`` where size is not the better one."""

    code: str
    label: Promise
    column: str
    filter: str
    names: Names
    order: Callable[[Snapshot], list[Any]] | None = None


def _language() -> str:
    return get_language() or "zh"


def _choices(choices: Any) -> Names:
    return lambda _base, codes: {code: str(dict(choices.choices).get(code, code)) for code in codes}


def _users(_base: Snapshot, codes: list[Any]) -> dict[Any, str]:
    return {pk: str(user) for pk, user in User.objects.in_bulk([code for code in codes if code]).items()}


def _teams(_base: Snapshot, codes: list[Any]) -> dict[Any, str]:
    return {pk: str(team) for pk, team in Team.objects.in_bulk([code for code in codes if code]).items()}


DIMENSIONS: dict[str, Dimension] = {
    dimension.code: dimension
    for dimension in (
        Dimension(
            "region",
            gettext_lazy("Region"),
            "region",
            "province",
            lambda _b, codes: {code: regions.label(code, _language()) for code in codes},
        ),
        Dimension(
            "industry",
            gettext_lazy("Industry"),
            "industry",
            "industry",
            lambda _b, codes: {code: industries.label(code, _language()) for code in codes},
        ),
        Dimension(
            "size",
            pgettext_lazy("of a company", "Size"),
            "size",
            "size",
            _choices(Size),
            lambda _b: list(Size.values),
        ),
        Dimension("type", gettext_lazy("Type"), "customer_type", "customer_type", _choices(CustomerType)),
        Dimension(
            "model",
            gettext_lazy("Business model"),
            "business_model",
            "business_model",
            _choices(BusinessModel),
        ),
        Dimension("kind", pgettext_lazy("of a customer", "Kind"), "kind", "kind", _choices(Kind)),
        Dimension("gender", gettext_lazy("Gender"), "gender", "gender", _choices(Gender)),
        Dimension(
            "country", gettext_lazy("Country"), "country", "country", lambda _b, codes: {c: c for c in codes}
        ),
        Dimension(
            "source", gettext_lazy("Source"), "source", "source", lambda _b, codes: {c: c for c in codes}
        ),
        Dimension(
            "tier",
            gettext_lazy("Tier"),
            "tier",
            "tier",
            lambda base, _codes: base.names,
            lambda base: base.ranks,
        ),
        Dimension(
            "stage",
            gettext_lazy("Stage"),
            "lifecycle",
            "lifecycle",
            lambda _b, codes: {code: labels.stage_name(code) for code in codes},
            lambda _b: list(labels.STAGES),
        ),
        Dimension("owner", pgettext_lazy("of a customer", "Owner"), "owner_id", "owner", _users),
        Dimension("team", gettext_lazy("Team"), "team_id", "team", _teams),
    )
}


def names_of(base: Snapshot, dimension: Dimension, keys: list[Any]) -> dict[Any, str]:
    names = dimension.names(base, keys)
    return {key: _name(key, names) for key in keys}


def _name(key: Any, names: dict[Any, str]) -> str:
    return _("Not filled in") if is_unknown(key) else str(names.get(key) or key)


def is_unknown(key: Any) -> bool:
    return key is None or key == ""
