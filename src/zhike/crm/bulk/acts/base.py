"""What every bulk act is: its words, its form, whom it may touch, how it writes and how it is taken back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from zhike.crm.bulk.models import BulkAct
from zhike.crm.customers.bulk import Image, Outcome
from zhike.crm.customers.models import Customer
from zhike.platform.permissions import allowed

Params = dict[str, Any]
Pairs = list[tuple[str, str]]
NOBODY = Q(pk__in=[])


class ActForm(forms.Form):
    """The parameters of an act, chosen by one person."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def params(self) -> Params:
        """What was chosen, as it is stored with the act."""
        return dict(self.cleaned_data)


class Act(ABC):
    """One kind of act. ``treats``: it is, or leads to, a treatment, so that a hold-out makes sense."""

    code: ClassVar[str]
    label: ClassVar[Promise]
    hint: ClassVar[Promise]
    icon: ClassVar[str]
    form: ClassVar[type[ActForm]]
    capability: ClassVar[str] = "customers.edit"
    treats: ClassVar[bool] = False

    def open_to(self, user: Any) -> bool:
        return allowed(user, "customers.view") and allowed(user, self.capability)

    def permitted(self, user: Any) -> QuerySet[Customer]:
        """The customers that the person may do this to."""
        return Customer.objects.editable_by(user)

    @abstractmethod
    def describe(self, params: Params) -> Pairs:
        """The parameters in words."""

    def same(self, params: Params) -> Q:
        """Customers whom the act would leave as they are."""
        return NOBODY

    def excluded(self, params: Params) -> Q:
        """Customers whom the act has to leave out, whoever asks."""
        return NOBODY

    def suggests_treatment(self, params: Params) -> bool:
        """True when the hold-out is switched on before anybody decides."""
        return False

    def purpose(self, params: Params) -> str:
        """The purpose that stands in the form before anybody types."""
        return ""

    @abstractmethod
    def sample(self, customers: Sequence[Customer], params: Params, rows: QuerySet[Customer]) -> Pairs:
        """Before and after of each customer, in words; ``rows`` is the whole choice."""

    def prepare(self, *, actor: Any, act: BulkAct, rows: QuerySet[Customer]) -> None:
        """What is settled once, when the act is confirmed; may write into its parameters and memory."""
        return None

    @abstractmethod
    def apply(self, *, actor: Any, act: BulkAct, customers: Collection[int]) -> Outcome:
        """Do it to these customers, in the transaction of the caller."""

    @abstractmethod
    def undo(self, *, actor: Any, act: BulkAct, images: Mapping[int, Image]) -> set[int]:
        """Take it back; returns whom it left alone because they were changed since."""

    def finish_undo(self, *, act: BulkAct) -> None:
        """After the last customer was set back."""
        return None
