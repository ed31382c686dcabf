"""Reading treatments: their arms as far as one sees the customers, and those of one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from zhike.analytics.effect import RatioCheck, ratio_check
from zhike.crm.customers.models import Customer
from zhike.crm.treatments.models import Treatment, TreatmentMember
from zhike.platform.permissions import RowScope, row_scope

TREATED, HELD_OUT = "treated", "held_out"
ARMS = (TREATED, HELD_OUT)
OF_CUSTOMER = 8


@dataclass(frozen=True)
class Arms:
    """A treatment with the sizes of its arms; ``partial`` when only some of its customers are seen."""

    treatment: Treatment
    treated: int
    held_out: int
    partial: bool

    @property
    def check(self) -> RatioCheck:
        """Of all customers, whoever looks: chance does not know who sees what."""
        return ratio_check(self.treatment.treated, self.treatment.held_out, float(self.treatment.share))


def with_arms(user: Any, treatments: Sequence[Treatment]) -> list[Arms]:
    if row_scope(user) == RowScope.ALL:
        return [Arms(one, one.treated, one.held_out, partial=False) for one in treatments]
    members = TreatmentMember.objects.visible_to(user).filter(treatment__in=list(treatments)).order_by()
    rows = members.values_list("treatment_id", "held_out").annotate(Count("id"))
    found = {(pk, arm): count for pk, arm, count in rows}
    return [
        Arms(one, found.get((one.pk, False), 0), found.get((one.pk, True), 0), partial=True)
        for one in treatments
    ]


def of_customer(user: Any, customer: Customer) -> list[TreatmentMember]:
    """The newest treatments of one customer that the user sees."""
    members = TreatmentMember.objects.visible_to(user).filter(customer=customer)
    return list(members.select_related("treatment__created_by").order_by("-id")[:OF_CUSTOMER])


def members_condition(treatments: Sequence[int], arms: Sequence[str], prefix: str = "pk") -> Q:
    """Customers in any of the treatments (or in any at all), in any of the arms."""
    members: QuerySet[TreatmentMember] = TreatmentMember.objects.order_by()
    if treatments:
        members = members.filter(treatment_id__in=list(treatments))
    if set(arms) == {TREATED} or set(arms) == {HELD_OUT}:
        members = members.filter(held_out=HELD_OUT in arms)
    if treatments:
        return Q(**{f"{prefix}__in": members.values("customer_id")})
    return Q(Exists(members.filter(customer_id=OuterRef("pk"))))
