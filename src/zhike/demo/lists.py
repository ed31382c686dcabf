"""A list for a treatment with its hold-out, so that both are alive in the simulated company."""

from __future__ import annotations

from typing import Any

from zhike.crm.customers import lists
from zhike.crm.customers.models import Customer, CustomerList
from zhike.crm.treatments import services
from zhike.crm.treatments.models import Treatment

NAME = "重点客户季度回访"
SIZE = 200


def add_lists(actor: Any) -> bool:
    """The customers of the highest tiers, a tenth of them held out; a second call adds nothing."""
    if CustomerList.objects.filter(name=NAME).exists():
        return False
    simulated = Customer.objects.visible_to(actor).filter(source="simulated")
    best = simulated.filter(score__tier__gte=3).order_by("-score__tier_score", "pk")
    ids = list(best.values_list("pk", flat=True)[:SIZE])
    if not ids:
        return False
    treatment = services.assign(actor=actor, purpose=NAME, act="bulk.list", customers_ids=ids)
    treated = treatment.members.filter(held_out=False).values_list("customer_id", flat=True)
    made = lists.create_list(actor=actor, name=NAME, shared=True, for_treatment=True)
    lists.add_members(actor=actor, customer_list=made, customers=list(treated))
    return True


def of_simulation() -> tuple[list[int], list[int]]:
    """The numbers of the list and of the treatment above, for their removal."""
    named = CustomerList.objects.filter(name=NAME).values_list("pk", flat=True)
    treatments = Treatment.objects.filter(purpose=NAME, bulk_act=None).values_list("pk", flat=True)
    return list(named), list(treatments)
