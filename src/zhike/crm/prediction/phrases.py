"""Evidence, reasons and guards in the reader's language; what is stored are codes with values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhike.crm.catalog.models import Product
from zhike.crm.insight import days, labels
from zhike.crm.prediction.models import Recommendation
from zhike.platform.templatetags import zhike_format as say

UNITS = 10_000


def reason(code: str, value: Any, effect: float | None = None) -> str:
    """One reason of a churn probability: what was looked at, and how much of it there is."""
    words = _words_of(code)
    return (
        words if value is None else _("%(what)s: %(value)s") % {"what": words, "value": _figure(code, value)}
    )


def reasons(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The reasons of a prediction in words; ``raises`` says whether each makes leaving likelier."""
    return [
        {"words": reason(str(one.get("f", "")), one.get("v")), "raises": (one.get("e") or 0) > 0}
        for one in found
        if one.get("f")
    ]


def _words_of(code: str) -> str:
    feature = _feature(code)
    return labels.say(feature.meaning) if feature is not None else labels.feature_name(code)


def _feature(code: str) -> Any:
    from zhike.analytics.churn.features import COMPUTED

    return COMPUTED.get(code)


def _figure(code: str, value: Any) -> str:
    feature = _feature(code)
    unit = feature.unit if feature is not None else ""
    if not isinstance(value, int | float):
        return str(value)
    if unit == "money":
        return say.money(value / UNITS, 0)
    if unit == "days":
        return say.days(round(value))
    if unit == "date":
        return say.day(day_of(value))
    if unit == "share":
        return say.percent(value)
    if unit == "ratio":
        return _("%(times)s times") % {"times": say.number(value, 1)}
    return say.number(value, 0 if float(value).is_integer() else 1)


def day_of(number: Any) -> date:
    """The day of a day number of the lake."""
    return date.fromordinal(days.EPOCH.toordinal() + int(number))


def evidence(found: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Why a product is offered."""
    code = found.get("code")
    return EVIDENCE[code](found, names) if code in EVIDENCE else ""


def _bought_times(found: Mapping[str, Any], _names: Mapping[int, str]) -> str:
    times, visits = int(found.get("times", 0)), int(found.get("visits", 0))
    words = ngettext(
        "Bought on %(times)s of %(visits)s day", "Bought on %(times)s of %(visits)s days", visits
    )
    text = words % {"times": say.number(times), "visits": say.number(visits)}
    if found.get("last") is None:
        return text
    return _("%(bought)s, last on %(day)s") % {"bought": text, "day": say.day(day_of(found["last"]))}


def _bought_with(found: Mapping[str, Any], names: Mapping[int, str]) -> str:
    known = [names[pk] for pk in product_ids(found) if pk in names]
    if not known:
        return _("Often bought by customers who buy the same")
    return _("Often bought with %(products)s") % {"products": _("; ").join(known)}


def _popular(found: Mapping[str, Any], _names: Mapping[int, str]) -> str:
    values = {
        "buyers": say.number(found.get("buyers", 0)),
        "customers": say.number(found.get("customers", 0)),
        "days": say.days(found.get("days", 90)),
    }
    segment = labels.rfm_name(str(found.get("segment") or ""))
    if segment:
        words = _("%(buyers)s of %(customers)s customers in “%(segment)s” bought it in the last %(days)s")
        return words % {**values, "segment": segment}
    return _("%(buyers)s of %(customers)s customers bought it in the last %(days)s") % values


EVIDENCE = {"bought_times": _bought_times, "bought_with": _bought_with, "popular_in_segment": _popular}


def product_ids(found: Mapping[str, Any]) -> list[int]:
    """The products that a piece of evidence names."""
    return [pk for pk in found.get("products") or () if isinstance(pk, int)]


def product_names(rows: Sequence[Recommendation]) -> dict[int, str]:
    """The names of all products in the evidence of these rows, in one statement (none without evidence)."""
    wanted = {pk for row in rows for pk in product_ids(row.evidence)}
    return dict(Product.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def with_words(rows: Sequence[Recommendation]) -> list[Recommendation]:
    """Each row with its evidence in words as ``because``."""
    names = product_names(rows)
    for row in rows:
        row.because = evidence(row.evidence, names)
    return list(rows)


def missing_costs(names: Sequence[str]) -> str:
    """Which costs somebody has to enter first."""
    known = {
        "retention": _("retention offer"),
        "contact": _("cost of a contact"),
        "save_rate": _("share kept by an offer"),
        "margin": _("cost of products (margin)"),
        "service": _("service cost"),
    }
    return _(", ").join(known[name] for name in names if name in known)
