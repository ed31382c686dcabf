"""Verbs on treatments: open one, draw the arms of its customers, write down what became of it.

The arms are drawn and stored before the act. A customer who has an arm for the same purpose, in whichever
earlier treatment, keeps it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.analytics.effect import DEFAULT_SHARE, is_held_out, seed_of
from zhike.crm.customers.models import Customer
from zhike.crm.treatments.models import Treatment, TreatmentMember
from zhike.platform import audit, rows
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

BATCH = 2_000
LARGEST_SHARE = 0.5


@transaction.atomic
def open_treatment(
    *, actor: Any, purpose: str, act: str, share: float = DEFAULT_SHARE, bulk_act: int | None = None
) -> Treatment:
    """A treatment without customers yet."""
    require(actor, "customers.view")
    purpose = " ".join(purpose.split())
    if not 1 <= len(purpose) <= 120 or "\x00" in purpose:
        raise DomainError(
            _("Say what the treatment is for, in at most 120 characters."), field="purpose", code="required"
        )
    if not 0 <= share <= LARGEST_SHARE:
        raise DomainError(_("Hold out at most half of the customers."), field="share", code="out_of_range")
    made = Treatment.objects.create(
        purpose=purpose,
        seed=seed_of(purpose),
        act=act,
        share=Decimal(str(share)),
        bulk_act=bulk_act,
        created_by=actor,
    )
    audit.record(actor, "treatment.opened", made, after={"act": act, "share": str(made.share)})
    return made


@transaction.atomic
def assign(
    *, actor: Any, purpose: str, act: str, customers_ids: Iterable[int], share: float = DEFAULT_SHARE
) -> Treatment:
    """Open a treatment and draw the arms of all its customers that the actor sees."""
    treatment = open_treatment(actor=actor, purpose=purpose, act=act, share=share)
    ids = sorted(set(customers_ids))
    for start in range(0, len(ids), BATCH):
        visible = Customer.objects.visible_to(actor).filter(pk__in=ids[start : start + BATCH])
        add_members(treatment=treatment, customers=visible.values_list("pk", flat=True))
    treatment.refresh_from_db()
    return treatment


@transaction.atomic
def add_members(
    *, treatment: Treatment, customers: Iterable[int], settled: Collection[int] = ()
) -> dict[int, bool]:
    """Draw and store arms (True: held out); a second call for the same customers changes nothing.

    ``settled`` are customers whom the act finds as it would leave them: who has no arm of this purpose gets
    none, because nobody can say any more what being left out would have meant for them.
    """
    ids = sorted(set(customers))
    known = earlier_arms(treatment.seed, ids)
    share = float(treatment.share)
    arms = {
        pk: known[pk] if pk in known else is_held_out(treatment.seed, pk, share)
        for pk in ids
        if pk in known or pk not in settled
    }
    inside = set(treatment.members.filter(customer_id__in=ids).values_list("customer_id", flat=True))
    fresh = {pk: arm for pk, arm in arms.items() if pk not in inside}
    rows.insert(
        TreatmentMember,
        [{"treatment_id": treatment.pk, "customer_id": pk, "held_out": arm} for pk, arm in fresh.items()],
    )
    left_out = sum(fresh.values())
    Treatment.objects.filter(pk=treatment.pk).update(
        treated=F("treated") + len(fresh) - left_out, held_out=F("held_out") + left_out
    )
    return arms


def earlier_arms(seed: str, customers: Collection[int]) -> dict[int, bool]:
    """The arm that each customer was given first under this seed."""
    found = TreatmentMember.objects.filter(treatment__seed=seed, customer_id__in=list(customers))
    # The first one is written last into the dictionary.
    return dict(found.order_by("-id").values_list("customer_id", "held_out"))


@transaction.atomic
def note_result(*, treatment: Treatment, counts: dict[str, Any]) -> None:
    """What the act reported at its end."""
    Treatment.objects.filter(pk=treatment.pk).update(result=counts)


@transaction.atomic
def take_back(*, actor: Any, treatment: Treatment) -> None:
    """The act was undone; the arms stay as they were drawn."""
    Treatment.objects.filter(pk=treatment.pk).update(taken_back_at=timezone.now())
    audit.record(actor, "treatment.taken_back", treatment)
