"""Input of an assignment, of a share and of a hand-over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.crm.accounts.models import User
from zhike.crm.customers.ownership_models import ShareLevel, Spread
from zhike.platform.offers import offer

NOBODY = _("Nobody")


def colleagues() -> Any:
    return User.objects.filter(is_active=True).select_related("team")


class Colleague(forms.ModelChoiceField):
    """A colleague, with the team beside the name."""

    def label_from_instance(self, obj: Any) -> str:
        return with_team(obj)


class Colleagues(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return with_team(obj)


def with_team(user: User) -> str:
    return f"{user} · {user.team}" if user.team else str(user)


class AssignForm(forms.Form):
    owner = Colleague(
        User.objects.none(), required=False, empty_label=NOBODY, label=pgettext_lazy("of a customer", "Owner")
    )
    reason = forms.CharField(max_length=200, required=False, label=_("Reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, owner=colleagues())


class ShareForm(forms.Form):
    user = Colleague(User.objects.none(), label=_("Colleague"))
    level = forms.ChoiceField(choices=ShareLevel, initial=ShareLevel.READ, label=_("May"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, user=colleagues())


class HandoverForm(forms.Form):
    source = Colleague(User.objects.none(), label=_("Customers of"))
    targets = Colleagues(User.objects.none(), label=_("Taken over by"), widget=forms.CheckboxSelectMultiple)
    spread = forms.ChoiceField(
        choices=Spread, initial=Spread.EVENLY, label=_("How"), widget=forms.RadioSelect
    )
    reason = forms.CharField(max_length=200, required=False, label=_("Reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who left may still hold customers, but takes none.
        everybody = User.objects.select_related("team").order_by("-is_active", "display_name")
        offer(self, source=everybody)
        offer(self, targets=colleagues())
