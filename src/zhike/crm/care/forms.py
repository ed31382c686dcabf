"""Input of rules, settings, preferences and remembered dates."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.crm.care import choices, services, tone
from zhike.crm.care.models import CareRule, CareSettings, OwnDate
from zhike.crm.customers.models import Customer, CustomerList, CustomField
from zhike.crm.insight import labels
from zhike.platform import company_day
from zhike.platform.errors import DomainError
from zhike.platform.offers import offer

DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class SeveralNumbers(forms.TypedMultipleChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=int, required=False, widget=forms.CheckboxSelectMultiple, **kwargs)


class RuleForm(forms.ModelForm):
    tiers = SeveralNumbers(label=_("Only these tiers"))
    stages = forms.MultipleChoiceField(
        label=_("Only these stages"), required=False, widget=forms.CheckboxSelectMultiple
    )
    lists = SeveralNumbers(label=_("Only these lists"))

    class Meta:
        model = CareRule
        fields = services.RULE_FIELDS
        widgets = {"greeting": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["occasion"] = forms.ChoiceField(label=_("Occasion"), choices=choices.grouped())
        fields = CustomField.objects.filter(entity="customer", field_type="date")
        self.fields["field_key"] = forms.ChoiceField(
            label=_("Own field with the date"),
            choices=[("", "—"), *((field.key, field.label) for field in fields)],
            required=False,
            help_text=_("Only for the occasion “Date of an own field”, such as the end of a contract."),
        )
        self.fields["lead_in"].label = _("Reckoned in")
        self.fields["lead"].help_text = _("On a day off the reminder comes on the working day before.")
        self.fields["greeting"].help_text = _(
            "{name} stands for the person. Empty: the usual text. "
            "At Qingming and Zhongyuan nobody is congratulated."
        )
        names = labels.tier_names()
        offer(self, tiers=[(rank, names[rank]) for rank in sorted(names, reverse=True) if rank])
        offer(self, stages=[(code, labels.stage_name(code)) for code in labels.STAGES])
        lists = CustomerList.objects.visible_to(user)
        offer(self, lists=[(one.pk, one.name) for one in lists])
        if not lists:
            del self.fields["lists"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        try:
            tone.check(data.get("occasion", ""), data.get("greeting", ""))
        except DomainError as error:
            self.add_error("greeting", str(error))
        return data


class SettingsForm(forms.ModelForm):
    class Meta:
        model = CareSettings
        fields = ["leap_rule", "february_rule", "catch_up_days"]

    def clean_catch_up_days(self) -> int:
        days: int = self.cleaned_data["catch_up_days"]
        if days > 31:
            raise forms.ValidationError(_("At most 31 days."))
        return days


class PreferencesForm(forms.Form):
    """Simple questions; the day on which something was noted is kept with it."""

    no_care = forms.BooleanField(label=_("Wants no greetings"), required=False)
    bereaved_until = forms.DateField(
        label=_("In mourning until"), required=False, widget=DATE, help_text=_("Nothing is sent until then.")
    )
    deceased = forms.BooleanField(label=_("Deceased"), required=False)
    guardian_consent = forms.BooleanField(
        label=_("A guardian has consented"), required=False, help_text=_("Needed under 14 years.")
    )

    def __init__(self, *args: Any, person: Any, **kwargs: Any) -> None:
        self.person = person
        kwargs["initial"] = {
            "no_care": person.no_care_since is not None,
            "bereaved_until": person.bereaved_until,
            "deceased": person.deceased_on is not None,
            "guardian_consent": person.guardian_consent_on is not None,
        }
        super().__init__(*args, **kwargs)

    def flags(self) -> dict[str, date | None]:
        data, today = self.cleaned_data, company_day.today()
        names = {
            "no_care_since": "no_care",
            "deceased_on": "deceased",
            "guardian_consent_on": "guardian_consent",
        }
        found = {
            column: (getattr(self.person, column) or today) if data[name] else None
            for column, name in names.items()
        }
        return {**found, "bereaved_until": data["bereaved_until"]}


class OwnDateForm(forms.ModelForm):
    class Meta:
        model = OwnDate
        fields = ["label", "on", "calendar", "yearly", "contact"]
        widgets = {"on": DATE}

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, contact=customer.contacts.all())
        self.fields["contact"].label = _("Contact")
        self.fields["on"].help_text = _(
            "The Gregorian day; with the lunar calendar it comes back by the lunar day."
        )
