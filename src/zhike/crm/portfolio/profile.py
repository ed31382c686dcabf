"""What the customer page says: value, rhythm and risk, why the tier, what is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.crm.customers import birthdays, words
from zhike.crm.customers.choices import Kind
from zhike.crm.customers.models import Contact, Customer, CustomField
from zhike.crm.insight import explanations, labels
from zhike.crm.insight import queries as insight
from zhike.crm.insight.explanations import Explanation, Part
from zhike.crm.insight.models import CustomerScore
from zhike.crm.interactions.models import Interaction
from zhike.platform import money
from zhike.platform.figures import Figure
from zhike.platform.permissions import allowed
from zhike.platform.templatetags import zhike_format as say

RANKING = """
SELECT COUNT(*) AS customers, SUM(net_revenue) AS total,
  COUNT(*) FILTER (WHERE net_revenue > $own) AS better
FROM customers WHERE frequency > 0 AND {scope}
"""


@dataclass(frozen=True)
class Standing:
    """Where the customer stands: shown on the page, and again once an order was counted."""

    customer: Customer
    score: CustomerScore | None
    explanation: Explanation | None
    tier_name: str
    stage_name: str
    segment_name: str
    figures: list[Figure]
    rhythm: str
    as_of: date | None
    seen: bool

    @property
    def profiled(self) -> bool:
        return not self.customer.no_profiling

    @property
    def parts(self) -> list[tuple[Part, float]]:
        """Every dimension with the points that it can contribute at most."""
        return [(part, 100 * part.weight) for part in self.explanation.parts] if self.explanation else []


def standing(user: Any, customer: Customer) -> Standing:
    """Everything about value and tier, as of the day of the data."""
    seen = allowed(user, "insight.view")
    score = _score(user, customer)
    explanation = explanations.explanation(score) if score else None
    as_of = explanation.as_of if explanation else score.as_of if score else None
    return Standing(
        customer=customer,
        score=score,
        explanation=explanation,
        tier_name=_tier_name(score, explanation),
        stage_name=labels.stage_name(score.lifecycle) if score else "",
        segment_name=labels.rfm_name(score.rfm_segment) if score else "",
        figures=_figures(user, customer, score, as_of) if score else [],
        rhythm=_rhythm(score, as_of) if score and as_of else "",
        as_of=as_of,
        seen=seen,
    )


def _tier_name(score: CustomerScore | None, explanation: Explanation | None) -> str:
    if explanation is not None:
        return explanation.tier_name
    return labels.names_given()(score.tier, score.version_id) if score else ""


def _score(user: Any, customer: Customer) -> CustomerScore | None:
    if customer.no_profiling:
        return None
    rows = CustomerScore.objects.visible_to(user).select_related("version")
    return rows.filter(customer=customer).first()


def _figures(user: Any, customer: Customer, score: CustomerScore, as_of: date | None) -> list[Figure]:
    orders = reverse("orders:list") + f"?customer={customer.pk}"
    average = score.revenue / score.frequency if score.frequency else None
    place, share = _place(user, score)
    since = (as_of - score.last_order).days if as_of and score.last_order else None
    returns = _("Returns %(amount)s") % {"amount": say.money(score.returns, 0)} if score.returns else ""
    gap = _("usually every %(days)s") % {"days": say.days(score.expected_gap)} if score.expected_gap else ""
    return [
        Figure(_("Net revenue"), score.net_revenue, "money", hint=returns, icon="coin-yuan"),
        Figure(_("Margin"), score.margin, "money", icon="chart-bar", hint=_margin_hint(score)),
        Figure(_("Orders"), score.frequency, "number", url=orders, icon="shopping-cart"),
        Figure(_("Average order"), average, "money", icon="receipt"),
        Figure(_("Place by net revenue"), place, "number", icon="trophy", hint=share),
        Figure(_("Days since last order"), since, "number", icon="clock", hint=gap),
    ]


def _margin_hint(score: CustomerScore) -> str:
    if score.margin is None:
        return _("Costs are not known for all orders.")
    if score.net_revenue <= 0:
        return ""
    return _("%(share)s of net revenue") % {"share": say.percent(score.margin / score.net_revenue)}


def _place(user: Any, score: CustomerScore) -> tuple[int | None, str]:
    """The customer's place among all that the person sees, and its share of their net revenue."""
    reader = insight.snapshot()
    if not reader.available or score.net_revenue <= 0:
        return None, ""
    scope, values = insight.snapshot_scope(user)
    own = money.to_units(score.net_revenue) or 0
    found = reader.dicts(RANKING.format(scope=scope), {**values, "own": own})[0]
    if not found["total"] or found["total"] <= 0:
        return None, ""
    share = say.percent(Decimal(own) / Decimal(found["total"]), 2)
    words = {"customers": say.number(found["customers"]), "share": share}
    return found["better"] + 1, _("of %(customers)s, %(share)s of all revenue") % words


def _rhythm(score: CustomerScore, as_of: date) -> str:
    """The risk of losing the customer, told by the customer's own rhythm of buying."""
    if score.last_order is None:
        return _("No purchase yet.")
    since = max((as_of - score.last_order).days, 0)
    if not score.expected_gap:
        return _("Last order %(since)s ago.") % {"since": say.days(since)}
    parts = {"since": say.days(since), "gap": say.days(score.expected_gap)}
    ratio = since / score.expected_gap
    if ratio < 1:
        return _("Last order %(since)s ago, usually every %(gap)s: in rhythm.") % parts
    if ratio < 2:
        return _("Last order %(since)s ago, usually every %(gap)s: the next order is due.") % parts
    parts["times"] = say.number(ratio, 1)
    return _("Last order %(since)s ago, usually every %(gap)s: %(times)s times the usual gap.") % parts


def facts(customer: Customer, reach: words.Reach) -> list[tuple[str, Any]]:
    """Who the customer is: what is filled in, in words."""
    company = customer.kind == Kind.COMPANY
    pairs: list[tuple[str, Any]] = [
        (_("Kind"), customer.get_kind_display()),
        (_("Customer number"), customer.code),
        (_("Phone"), reach.phone(customer.phone)),
        (_("E-mail"), reach.email(customer.email)),
        (_("Region"), words.place_name(customer.province, customer.city)),
        (_("Country"), customer.country),
        (_("Address"), customer.address),
        (_("Industry"), words.industry_name(customer.industry)),
        (_("Company size"), customer.get_size_display()),
        (_("Type"), customer.get_customer_type_display()),
        (_("Business model"), customer.get_business_model_display()),
        (_("Gender"), "" if company else customer.get_gender_display()),
        (_("Birthday"), birthdays.in_words(customer)),
        (_("Needs"), customer.needs),
        (_("Source"), source_name(customer.source)),
        (_("Created"), say.day(customer.created_at)),
    ]
    return [pair for pair in [*pairs, *_custom_facts(customer)] if pair[1] not in ("", None)]


def contacts(customer: Customer, reach: words.Reach) -> list[tuple[Contact, str, str, str]]:
    """Each contact person with phone, e-mail and birthday as the reader may see them."""
    return [
        (one, reach.phone(one.phone), reach.email(one.email), birthdays.in_words(one))
        for one in customer.contacts.all()
    ]


def source_name(source: str) -> str:
    names = {
        "manual": _("Entered by hand"),
        "api": _("API"),
        "simulated": _("Simulated"),
        "demo": _("Simulated"),
    }
    return names.get(source, source)


def _custom_facts(customer: Customer) -> list[tuple[str, Any]]:
    if not customer.custom:
        return []
    fields = CustomField.objects.living("customer").filter(key__in=list(customer.custom))
    return [(field.title, _custom_text(customer.custom[field.key])) for field in fields]


def _custom_text(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return (
        say.number(value, 0 if value == int(value) else 2) if isinstance(value, int | float) else str(value)
    )


def open_matters(user: Any, customer: Customer) -> QuerySet[Interaction]:
    """Complaints not settled and steps promised, the most urgent first."""
    rows = Interaction.objects.visible_to(user).filter(customer=customer).open_matters()
    return rows.select_related("author").order_by("next_step_on", "at")


def is_overdue(interaction: Interaction) -> bool:
    return interaction.next_step_on is not None and interaction.next_step_on < timezone.localdate()
