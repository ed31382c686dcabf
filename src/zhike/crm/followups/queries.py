"""Who is due for a contact, who is overdue, and who was contacted too often: with the reason in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Case, Count, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from zhike.analytics.tiers.model import TierModel
from zhike.crm.customers.models import Customer
from zhike.crm.followups.policies import Policy, policies
from zhike.crm.insight import labels
from zhike.crm.insight.models import CustomerScore
from zhike.crm.interactions.models import Interaction, InteractionKind
from zhike.platform.templatetags import zhike_format as say

#: Before any rhythm of anybody.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
#: Said beside every other condition, so that the scores are joined and never outer joined.
TIERED = Q(score__tier__gt=0)
STATES = ("due", "overdue", "too_often")


@dataclass(frozen=True)
class ContactState:
    """``due_on`` is the last day within the rhythm; None when there is none or nobody was ever contacted."""

    code: str
    due_on: date | None = None
    reason: str = ""

    @property
    def label(self) -> str:
        return state_name(self.code)

    @property
    def color(self) -> str:
        return {"due": "yellow", "overdue": "red", "too_often": "purple", "fine": "green"}.get(self.code, "")


NONE = ContactState("none")


_STATE_NAMES = {
    "due": gettext_lazy("Contact due"),
    "overdue": gettext_lazy("Contact overdue"),
    "too_often": gettext_lazy("Contacted too often"),
    "fine": gettext_lazy("In rhythm"),
}


def state_name(code: str) -> str:
    return str(_STATE_NAMES.get(code, ""))


class Rhythm:
    """The rhythm of all tiers on one day: asks for nothing more than a customer's tier and last contact."""

    def __init__(self, today: date | None = None, model: TierModel | None = None) -> None:
        self.today = today or timezone.localdate()
        if model is not None:
            self.model = model

    @cached_property
    def model(self) -> TierModel:
        return labels.tier_model()

    @cached_property
    def policies(self) -> dict[int, Policy]:
        return policies(self.model)

    @cached_property
    def names(self) -> dict[int, str]:
        return labels.tier_names(self.model)

    def state(self, tier: int, last: datetime | None, lately: int = 0) -> ContactState:
        """``lately`` is the number of contacts within the days of the tier's upper limit."""
        policy = self.policies.get(tier)
        if policy is None:
            return NONE
        if policy.at_most and policy.within_days and lately > policy.at_most:
            return ContactState("too_often", None, self.too_often(tier, lately))
        if not policy.every_days:
            return NONE
        if last is None:
            words = {"tier": self.names[tier], "rhythm": policy.least}
            return ContactState("overdue", None, _("%(tier)s: %(rhythm)s; never contacted") % words)
        day = timezone.localtime(last).date()
        due_on = day + timedelta(days=policy.every_days)
        return ContactState(self._code(policy, due_on), due_on, self._rhythm(tier, policy, day))

    def _code(self, policy: Policy, due_on: date) -> str:
        if due_on < self.today:
            return "overdue"
        return "due" if due_on - timedelta(days=policy.notice) <= self.today else "fine"

    def _rhythm(self, tier: int, policy: Policy, day: date) -> str:
        words = {
            "tier": self.names[tier],
            "rhythm": policy.least,
            "day": say.day(day),
            "ago": say.days(max((self.today - day).days, 0)),
        }
        return _("%(tier)s: %(rhythm)s; last contact %(day)s, %(ago)s ago") % words

    def too_often(self, tier: int, lately: int) -> str:
        words = {"tier": self.names[tier], "limit": self.policies[tier].most, "count": lately}
        return (
            ngettext(
                "%(tier)s: %(limit)s; %(count)s contact so far",
                "%(tier)s: %(limit)s; %(count)s contacts so far",
                lately,
            )
            % words
        )

    def since(self, policy: Policy) -> datetime:
        """From when on contacts count against the upper limit."""
        return midnight(self.today - timedelta(days=(policy.within_days or 1) - 1))

    def lately(self, tiers: dict[int, int]) -> dict[int, int]:
        """Contacts within the days of each customer's upper limit; one statement for any number of them."""
        limits = {rank: policy for rank, policy in self.policies.items() if policy.within_days}
        wanted = [customer for customer, tier in tiers.items() if tier in limits]
        if not wanted:
            return {}
        begins = {rank: self.since(policy) for rank, policy in limits.items()}
        rows = contacts().filter(customer_id__in=wanted, at__gte=min(begins.values())).order_by()
        found: dict[int, int] = {}
        for customer, at in rows.values_list("customer_id", "at"):
            if at >= begins[tiers[customer]]:
                found[customer] = found.get(customer, 0) + 1
        return found


def contacts() -> QuerySet[Interaction]:
    """Contacts that count: whoever complains was not contacted by us."""
    return Interaction.objects.exclude(kind=InteractionKind.COMPLAINT)


def contact_state(customers: Iterable[Customer], rhythm: Rhythm | None = None) -> dict[int, ContactState]:
    """The state of each customer, in two statements at most beside the rhythm itself."""
    rhythm = rhythm or Rhythm()
    rows = list(customers)
    tiers = tiers_of(rows)
    lately = rhythm.lately(tiers)
    return {
        row.pk: rhythm.state(tiers.get(row.pk, 0), row.last_contact_at, lately.get(row.pk, 0)) for row in rows
    }


def tiers_of(customers: list[Customer]) -> dict[int, int]:
    """Their tiers, from what was read with them or in one statement."""
    known = {row.pk: row.score.tier for row in customers if row._state.fields_cache.get("score")}
    missing = [row.pk for row in customers if "score" not in row._state.fields_cache]
    if missing:
        known |= dict(CustomerScore.objects.filter(pk__in=missing).values_list("customer_id", "tier"))
    return known


def condition(code: str, rhythm: Rhythm | None = None) -> Q:
    """The customers in a state, compared row by row with the day of their tier.

    One comparison, not an "or" over the tiers: SQLite would look every tier up by itself, while any index
    that the list is walked by does, since these states are frequent.
    """
    rhythm = rhythm or Rhythm()
    if code == "too_often":
        return _above_limit(rhythm)
    begins = {
        rank: rhythm.today - timedelta(days=one.every_days)
        for rank, one in rhythm.policies.items()
        if one.every_days
    }
    if code == "overdue":
        last = Coalesce(F("last_contact_at"), Value(NEVER), output_field=DateTimeField())
        return TIERED & Q(LessThan(last, _by_tier(begins)))
    ends = {rank: day + timedelta(days=rhythm.policies[rank].notice + 1) for rank, day in begins.items()}
    last = Coalesce(F("last_contact_at"), Value(NEVER), output_field=DateTimeField())
    return TIERED & Q(GreaterThanOrEqual(last, _by_tier(begins))) & Q(LessThan(last, _by_tier(ends)))


def _by_tier(days: dict[int, date]) -> Case:
    """The moment that belongs to a customer's tier; no tier, no moment."""
    moments = [When(score__tier=rank, then=Value(midnight(day))) for rank, day in days.items()]
    return Case(*moments, default=Value(None), output_field=DateTimeField())


def _above_limit(rhythm: Rhythm) -> Q:
    """Counted once per limit, of which tiers share some: few customers are above theirs."""
    limits = {
        rank: (one.at_most, rhythm.since(one))
        for rank, one in rhythm.policies.items()
        if one.at_most and one.within_days
    }
    found = Q(pk__in=[])
    for at_most, since in sorted(set(limits.values())):
        many = contacts().filter(at__gte=since).order_by().values_list("customer_id")
        ids = [pk for (pk,) in many.annotate(n=Count("pk")).filter(n__gt=at_most).values_list("customer_id")]
        ranks = [rank for rank, limit in limits.items() if limit == (at_most, since)]
        found |= Q(pk__in=ids, score__tier__in=ranks)
    return found


def midnight(day: date) -> datetime:
    """The moment a day of the company begins."""
    return timezone.make_aware(datetime.combine(day, time.min))
