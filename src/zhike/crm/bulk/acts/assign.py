"""Give customers to one colleague, or evenly to several."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import User
from zhike.crm.bulk.acts.base import Act, ActForm, Pairs, Params
from zhike.crm.bulk.models import BulkAct
from zhike.crm.customers import bulk
from zhike.crm.customers.models import Customer
from zhike.platform.offers import offer

MOST = 50
NOBODY_CHOSEN = "none"


class AssignForm(ActForm):
    owners = forms.MultipleChoiceField(
        label=_("New owner"),
        help_text=_("With several people the customers are shared out evenly; who has one keeps it."),
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [
            (str(one.pk), str(one)) for one in User.objects.filter(is_active=True).select_related("team")
        ]
        offer(self, owners=[*people, (NOBODY_CHOSEN, _("Nobody"))])

    def clean_owners(self) -> list[int]:
        chosen = self.cleaned_data["owners"]
        if NOBODY_CHOSEN in chosen and len(chosen) > 1:
            raise forms.ValidationError(_("Choose people, or nobody."))
        if len(chosen) > MOST:
            raise forms.ValidationError(_("Choose 50 people at most."))
        return sorted(int(pk) for pk in chosen if pk != NOBODY_CHOSEN)


class Deal:
    """Shares out one by one to whoever has fewest so far; the same loads give the same deal."""

    def __init__(self, loads: Mapping[int, int]) -> None:
        self.heap = [(count, owner) for owner, count in loads.items()]
        heapq.heapify(self.heap)

    def next(self) -> int:
        count, owner = self.heap[0]
        heapq.heapreplace(self.heap, (count + 1, owner))
        return owner

    @property
    def loads(self) -> dict[int, int]:
        return {owner: count for count, owner in sorted(self.heap, key=lambda pair: pair[1])}


class Assign(Act):
    code = "assign"
    label = _("Assign")
    hint = _("Give the customers to one colleague, or evenly to several.")
    icon = "user-share"
    form = AssignForm

    def permitted(self, user: Any) -> QuerySet[Customer]:
        return Customer.objects.assignable_by(user)

    def describe(self, params: Params) -> Pairs:
        found = [
            (pgettext("of a customer", "Owner"), "、".join(_names(params["owners"])) or gettext("Nobody"))
        ]
        return [*found, (gettext("Reason"), params["reason"])] if params.get("reason") else found

    def same(self, params: Params) -> Q:
        if not params["owners"]:
            return Q(owner__isnull=True)
        return bulk.owned_by(dict(User.objects.filter(pk__in=params["owners"]).values_list("pk", "team_id")))

    def sample(self, customers: Sequence[Customer], params: Params, rows: QuerySet[Customer]) -> Pairs:
        names = {user.pk: str(user) for user in User.objects.filter(pk__in=params["owners"])}
        deal = Deal(_loads(params["owners"], rows))
        new = _owners(((one.pk, one.owner_id) for one in customers), params["owners"], deal)
        nobody = gettext("Nobody")
        return [(str(one.owner or nobody), names.get(new[one.pk] or 0, nobody)) for one in customers]

    def prepare(self, *, actor: Any, act: BulkAct, rows: QuerySet[Customer]) -> None:
        act.memory["loads"] = {str(pk): count for pk, count in _loads(act.params["owners"], rows).items()}

    def apply(self, *, actor: Any, act: BulkAct, customers: Collection[int]) -> bulk.Outcome:
        deal = Deal({int(owner): count for owner, count in act.memory["loads"].items()})
        permitted = self.permitted(actor).filter(pk__in=list(customers)).order_by("pk")
        wanted = _owners(permitted.values_list("pk", "owner_id"), act.params["owners"], deal)
        act.memory["loads"] = {str(owner): count for owner, count in deal.loads.items()}
        return bulk.assign_many(actor=actor, owners=wanted, reason=act.params.get("reason", ""))

    def undo(self, *, actor: Any, act: BulkAct, images: Mapping[int, bulk.Image]) -> set[int]:
        return bulk.restore(actor=actor, images=images)


def _owners(
    customers: Iterable[tuple[int, int | None]], owners: Collection[int], deal: Deal
) -> dict[int, int | None]:
    """Who gets each customer (in their order): the present owner, if among the chosen, else the next one."""
    return {pk: None if not owners else owner if owner in owners else deal.next() for pk, owner in customers}


def _loads(owners: Collection[int], rows: QuerySet[Customer]) -> dict[int, int]:
    """How many of the customers each of the owners has already."""
    found = rows.filter(owner_id__in=list(owners)).order_by().values_list("owner_id").annotate(Count("pk"))
    return dict.fromkeys(owners, 0) | dict(found)


def _names(owners: Collection[int]) -> list[str]:
    return [str(user) for user in User.objects.filter(pk__in=list(owners))]
