"""Input of the customer pages; the rules themselves stand in the services."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import Team, User
from zhike.crm.customers import words
from zhike.crm.customers.birthdays import FIELDS as BIRTHDAY
from zhike.crm.customers.choices import Kind
from zhike.crm.customers.field_inputs import CUSTOM, DATE, custom_inputs, custom_values
from zhike.crm.customers.models import Contact, Customer
from zhike.platform import conflicts
from zhike.platform.offers import offer
from zhike.platform.permissions import RowScope, allowed, row_scope

PERSONAL = ("phone", "email")
#: A select of many values, which js/records.js lets people search by typing.
SEARCHED = {"data-search-select": ""}


@dataclass(frozen=True)
class Section:
    """Fields under one heading; ``kind`` is that of the customers who have them, "" for all."""

    title: str | Promise
    fields: list[BoundField]
    kind: str = ""


LAYOUT: tuple[tuple[Promise | str, str, tuple[str, ...]], ...] = (
    ("", "", ("kind", "name", "code", "tag_names")),
    (_("How to reach"), "", ("phone", "email")),
    (_("Region and address"), "", ("province", "city", "country", "address")),
    (_("Company"), Kind.COMPANY, ("industry", "size", "business_model")),
    (_("Person"), Kind.PERSON, ("gender", *BIRTHDAY)),
    (_("Sales"), "", ("customer_type", "owner", "team", "needs", "no_profiling")),
)


class Birthday(forms.ModelForm):
    """A birthday by its date, or by month and day where the year is not known."""

    def prepare_birthday(self) -> None:
        self.fields["birthday"].help_text = _("The day of birth by the solar calendar.")
        for name, last in (("birthday_month", 12), ("birthday_day", 31)):
            numbers = [(str(number), str(number)) for number in range(1, last + 1)]
            self.fields[name] = forms.TypedChoiceField(
                label=self.fields[name].label,
                choices=[("", "—"), *numbers],
                coerce=int,
                empty_value=None,
                required=False,
            )
        self.fields["birthday_month"].help_text = _(
            "Without the year: month and day of the person's own calendar."
        )
        leap = self.fields["birthday_leap"].label
        self.fields["birthday_leap"] = forms.BooleanField(label=leap, required=False)

    def clean_birthday_leap(self) -> bool | None:
        """A box left alone says nothing about the calendar."""
        return self.cleaned_data["birthday_leap"] or None


class CustomerForm(Birthday):
    """To create and to change; ``version`` and ``base`` let two people work on one customer."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    base = forms.CharField(widget=forms.HiddenInput, required=False)
    tag_names = forms.CharField(
        label=_("Tags"), required=False, max_length=400, help_text=_("Separate several with commas.")
    )

    class Meta:
        model = Customer
        fields = [
            *("kind", "name", "code", "phone", "email", "province", "city", "country", "address"),
            *("industry", "size", "customer_type", "business_model", "gender"),
            *BIRTHDAY,
            *("needs", "owner", "team", "no_profiling"),
        ]
        widgets = {"birthday": DATE, "needs": forms.Textarea(attrs={"rows": 2})}
        # Beside the company or the person, which is "type" too.
        labels = {"customer_type": _("Customer type")}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_choices()
        self.prepare_birthday()
        _prepare_people(self)
        self.fields["no_profiling"].help_text = _("No scores and no tier are computed for this customer.")
        if self.instance.pk:
            self.initial["version"] = self.instance.version
            self.initial["tag_names"] = ", ".join(tag.name for tag in self.instance.tags.all())
        if not allowed(user, "personal_data"):
            for name in PERSONAL:
                del self.fields[name]
        self.custom = custom_inputs(self, "customer", self.instance.custom)
        if self.instance.pk:
            self.initial["base"] = conflicts.sealed(self)

    def _prepare_choices(self) -> None:
        for name, choices in (
            ("province", words.provinces()),
            ("city", words.cities(self._province())),
            ("industry", words.industry_choices()),
        ):
            label = self.fields[name].label
            self.fields[name] = forms.ChoiceField(label=label, choices=[("", "—"), *choices], required=False)
            self.fields[name].widget.attrs |= SEARCHED
        self.fields["city"].help_text = _("Cities of the province; choose the province first.")
        self.fields["province"].widget.attrs |= {
            "hx-get": reverse("customers:cities"),
            "hx-target": "#id_city",
            "hx-trigger": "change",
        }

    def _province(self) -> str:
        chosen = self.data.get("province") if self.is_bound else self.instance.province
        return chosen or "-"

    def validate_unique(self) -> None:
        """The service says what is taken."""

    @property
    def sections(self) -> Iterator[Section]:
        for title, kind, names in LAYOUT:
            shown = [self[name] for name in names if name in self.fields]
            if shown:
                yield Section(title, shown, kind)
        for heading, added in self.custom.items():
            yield Section(heading or _("More"), [self[name] for name in added])

    def verbs(self) -> dict[str, Any]:
        """The fields as the services take them."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith(CUSTOM)}
        for name in ("version", "base", "tag_names", "owner", "team"):
            data.pop(name, None)
        custom = custom_values(self)
        return {**data, "custom": {**self.instance.custom, **custom}} if custom else data

    @property
    def tags(self) -> list[str]:
        text = self.cleaned_data.get("tag_names", "")
        return [name for name in text.replace("，", ",").replace("、", ",").split(",") if name.strip()]


class QuickForm(forms.ModelForm):
    """What is enough to have a customer, in seconds."""

    class Meta:
        model = Customer
        fields = ["kind", "name", "phone", "owner"]
        widgets = {"kind": forms.RadioSelect}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "quick_%s", **kwargs})
        offer(self, kind=Kind.choices)
        self.fields["phone"].widget.attrs |= {"inputmode": "tel", "autocomplete": "off"}
        self.fields["name"].widget.attrs |= {"autocomplete": "off"}
        _prepare_people(self)
        if row_scope(user) == RowScope.OWN:
            del self.fields["owner"]
        else:
            self.initial.setdefault("owner", user.pk)

    def validate_unique(self) -> None:
        """The service says what is taken."""


def _prepare_people(form: forms.ModelForm) -> None:
    offer(form, owner=User.objects.filter(is_active=True))
    form.fields["owner"].widget.attrs |= SEARCHED
    if "team" in form.fields:
        offer(form, team=Team.objects.all())


class ContactForm(Birthday):
    version = forms.CharField(widget=forms.HiddenInput, required=False)
    base = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Contact
        fields = ["name", "role", "title", "phone", "email", "preferred_channel", "is_primary", *BIRTHDAY]
        widgets = {"birthday": DATE}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepare_birthday()
        if not allowed(user, "personal_data"):
            for name in PERSONAL:
                del self.fields[name]
        self.custom = custom_inputs(self, "contact", self.instance.custom)
        if self.instance.pk:
            self.initial["version"] = self.instance.updated_at.isoformat()
            self.initial["base"] = conflicts.sealed(self)

    def verbs(self) -> dict[str, Any]:
        """The fields as the services take them."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith(CUSTOM)}
        data["seen"] = data.pop("version", "")
        data.pop("base", None)
        custom = custom_values(self)
        return {**data, "custom": {**self.instance.custom, **custom}} if custom else data


class SavedViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    shared = forms.BooleanField(label=_("Share with my team"), required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)
