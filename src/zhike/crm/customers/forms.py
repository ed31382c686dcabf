"""Input of the customer pages; the rules themselves stand in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import Team, User
from zhike.crm.customers import words
from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.models import Contact, Customer, CustomField
from zhike.platform.permissions import allowed

DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
PERSONAL = ("phone", "email")
CUSTOM = "custom_"


class CustomerForm(forms.ModelForm):
    """To create and to change; ``version`` travels along so that nobody overwrites another's work."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    tag_names = forms.CharField(
        label=_("Tags"), required=False, max_length=400, help_text=_("Separate several with commas.")
    )

    class Meta:
        model = Customer
        fields = [
            "kind",
            "name",
            "code",
            "phone",
            "email",
            "province",
            "city",
            "country",
            "address",
            "industry",
            "size",
            "customer_type",
            "business_model",
            "gender",
            "birthday",
            "birthday_calendar",
            "needs",
            "owner",
            "team",
            "no_profiling",
        ]
        widgets = {"birthday": DATE, "needs": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer = self.instance
        for name, choices in (
            ("province", words.provinces()),
            ("city", words.cities(self._province())),
            ("industry", words.industry_choices()),
        ):
            label = self.fields[name].label
            self.fields[name] = forms.ChoiceField(label=label, choices=[("", "—"), *choices], required=False)
        self.fields["city"].help_text = _("Cities of the province; choose the province first.")
        self.fields["province"].widget.attrs |= {
            "hx-get": reverse("customers:cities"),
            "hx-target": "#id_city",
            "hx-trigger": "change",
        }
        self.fields["no_profiling"].help_text = _("No scores and no tier are computed for this customer.")
        self.fields["owner"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.all()  # type: ignore[attr-defined]
        if customer.pk:
            self.initial["version"] = customer.version
            self.initial["tag_names"] = ", ".join(tag.name for tag in customer.tags.all())
        if not allowed(user, "personal_data"):
            for name in PERSONAL:
                del self.fields[name]
        for field in CustomField.objects.filter(entity="customer"):
            self.fields[CUSTOM + field.key] = _custom_input(field)
            self.initial[CUSTOM + field.key] = customer.custom.get(field.key)

    def _province(self) -> str:
        chosen = self.data.get("province") if self.is_bound else self.instance.province
        return chosen or "-"

    def validate_unique(self) -> None:
        """The service says what is taken."""

    def verbs(self) -> dict[str, Any]:
        """The fields as the services take them."""
        data = dict(self.cleaned_data)
        custom = {name.removeprefix(CUSTOM): data.pop(name) for name in list(data) if name.startswith(CUSTOM)}
        for name in ("version", "tag_names", "owner", "team"):
            data.pop(name, None)
        return {**data, "custom": {**self.instance.custom, **custom}} if custom else data

    @property
    def tags(self) -> list[str]:
        text = self.cleaned_data.get("tag_names", "")
        return [name for name in text.replace("，", ",").replace("、", ",").split(",") if name.strip()]


def _custom_input(field: CustomField) -> forms.Field:
    if field.field_type == FieldType.CHOICE:
        choices = [("", "—"), *((value, value) for value in field.choices)]
        return forms.ChoiceField(label=field.label, choices=choices, required=False)
    if field.field_type == FieldType.DATE:
        return forms.DateField(label=field.label, widget=DATE, required=False)
    if field.field_type == FieldType.NUMBER:
        return forms.DecimalField(label=field.label, required=False)
    if field.field_type == FieldType.BOOLEAN:
        choices = [("", "—"), ("true", _("Yes")), ("false", _("No"))]
        return forms.ChoiceField(label=field.label, choices=choices, required=False)
    return forms.CharField(label=field.label, max_length=1000, required=False)


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ["name", "role", "title", "phone", "email", "is_primary"]

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not allowed(user, "personal_data"):
            for name in PERSONAL:
                del self.fields[name]


class SavedViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    shared = forms.BooleanField(label=_("Share with my team"), required=False)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)
