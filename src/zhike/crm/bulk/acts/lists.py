"""Put customers into a list, or take them out of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.bulk.acts.base import Act, ActForm, Pairs, Params
from zhike.crm.bulk.models import BulkAct
from zhike.crm.customers import bulk, lists
from zhike.crm.customers.models import Customer, CustomerList
from zhike.platform.errors import DomainError
from zhike.platform.offers import offer


class ListForm(ActForm):
    customer_list = forms.ModelChoiceField(
        label=_("List"), queryset=CustomerList.objects.none(), required=False, empty_label="—"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, customer_list=lists.lists_of(self.user))

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if bool(data.get("customer_list")) == bool(data.get("new", "").strip()):
            raise forms.ValidationError(_("Choose a list."))
        return data

    def params(self) -> Params:
        return {
            "list": self.cleaned_data["customer_list"].pk,
            "name": self.cleaned_data["customer_list"].name,
        }


class PutForm(ListForm):
    new = forms.CharField(label=_("Or a new list named"), max_length=80, required=False)
    for_treatment = forms.BooleanField(
        label=_("The new list is for a treatment"),
        required=False,
        help_text=_(
            "Whoever is in it will be called, written to or given something: a hold-out shows the effect."
        ),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if bool(data.get("customer_list")) == bool(data.get("new", "").strip()):
            raise forms.ValidationError(_("Choose a list or name a new one."))
        return data

    def params(self) -> Params:
        """The new list exists from here on, so that the preview shows where the customers will be."""
        data = self.cleaned_data
        if data["customer_list"]:
            return super().params()
        try:
            made = lists.create_list(actor=self.user, name=data["new"], for_treatment=data["for_treatment"])
        except DomainError as error:
            raise forms.ValidationError(str(error)) from error
        return {"list": made.pk, "name": made.name}


class PutIntoList(Act):
    form: ClassVar[type[ActForm]]
    code = "list"
    label = _("Put into a list")
    hint = _("Collect the customers under a name, for a call campaign or a letter.")
    icon = "playlist-add"
    form = PutForm
    capability = "customers.view"
    treats = True

    def permitted(self, user: Any) -> QuerySet[Customer]:
        return Customer.objects.visible_to(user)

    def describe(self, params: Params) -> Pairs:
        return [(gettext("List"), params["name"])]

    def same(self, params: Params) -> Q:
        return Q(list_places__list_id=params["list"])

    def suggests_treatment(self, params: Params) -> bool:
        return CustomerList.objects.filter(pk=params["list"], for_treatment=True).exists()

    def purpose(self, params: Params) -> str:
        return str(params["name"])

    def sample(self, customers: Sequence[Customer], params: Params, rows: QuerySet[Customer]) -> Pairs:
        return [("", params["name"]) for _one in customers]

    def apply(self, *, actor: Any, act: BulkAct, customers: Collection[int]) -> bulk.Outcome:
        return lists.add_members(actor=actor, customer_list=_list(act), customers=customers)

    def undo(self, *, actor: Any, act: BulkAct, images: Mapping[int, bulk.Image]) -> set[int]:
        found = CustomerList.objects.filter(pk=act.params["list"]).first()
        return lists.restore_members(customer_list=found, images=images)


class TakeOutOfList(PutIntoList):
    code = "unlist"
    label = _("Take out of a list")
    hint = _("The customers stay, they only leave the list.")
    icon = "playlist-x"
    form = ListForm
    treats = False

    def same(self, params: Params) -> Q:
        return ~Q(pk__in=Customer.objects.filter(list_places__list_id=params["list"]).values("pk"))

    def sample(self, customers: Sequence[Customer], params: Params, rows: QuerySet[Customer]) -> Pairs:
        return [(params["name"], "") for _one in customers]

    def apply(self, *, actor: Any, act: BulkAct, customers: Collection[int]) -> bulk.Outcome:
        return lists.remove_members(actor=actor, customer_list=_list(act), customers=customers)


def _list(act: BulkAct) -> CustomerList:
    found = CustomerList.objects.filter(pk=act.params["list"]).first()
    if found is None:
        raise DomainError(_("This list does not exist."), code="not_found")
    return found
