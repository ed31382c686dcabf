"""Input of the set-up."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.dates import MONTHS
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import Role
from zhike.crm.welcome import services

NEAR = ["Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Europe/London"]


def _zones() -> list[tuple[str, str]]:
    rest = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [(zone, zone) for zone in [*NEAR, *(zone for zone in rest if zone not in NEAR)]]


def _currencies() -> list[tuple[str, str]]:
    from babel import Locale

    names = Locale.parse("zh_Hans" if (get_language() or "").startswith("zh") else "en").currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in services.CURRENCIES]


class SetUpForm(forms.Form):
    setup_code = forms.CharField(
        label=_("Set-up code"),
        max_length=40,
        help_text=_("It stands on the console where Zhike was started."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autofocus": True}),
    )
    company = forms.CharField(label=_("Company"), max_length=200)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    currency = forms.ChoiceField(
        label=_("Base currency"), choices=_currencies, help_text=_("Every figure is shown in it.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_zones, initial="Asia/Shanghai")
    fiscal_year_start = forms.TypedChoiceField(
        label=_("First month of the fiscal year"),
        choices=lazy(lambda: list(MONTHS.items()), list)(),
        coerce=int,
        initial=1,
    )
    display_name = forms.CharField(label=_("Your name"), max_length=80)
    username = forms.CharField(
        label=_("User name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=_("Password again"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") != data.get("again"):
            self.add_error("again", _("The two passwords differ."))
        return data


class CompanyForm(forms.Form):
    """What of the set-up can be changed later; the currency cannot, every figure is reckoned in it."""

    company = forms.CharField(label=_("Company"), max_length=200)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_zones,
        help_text=_("Tasks keep their time of day. Orders that are in keep their date."),
        widget=forms.Select(attrs={"data-search-select": ""}),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of new colleagues; each may choose.")
    )
    fiscal_year_start = forms.TypedChoiceField(
        label=_("First month of the fiscal year"),
        choices=lazy(lambda: list(MONTHS.items()), list)(),
        coerce=int,
        help_text=_("The overview shows this fiscal year from the next analysis on."),
    )


class RoleField(forms.ModelChoiceField):
    """Roles by their names, those that come with the product in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return gettext(obj.name)


class PersonForm(forms.Form):
    display_name = forms.CharField(label=_("Name"), max_length=80, required=False)
    username = forms.CharField(label=_("User name"), max_length=80, required=False)
    role = RoleField(Role.objects.all(), label=_("Role"), required=False)
    team = forms.CharField(label=_("Team"), max_length=80, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.is_filled:
            for name in ("username", "role"):
                if not data.get(name):
                    self.add_error(name, _("This field is required."))
        return data

    @property
    def is_filled(self) -> bool:
        data = getattr(self, "cleaned_data", {})
        return any(data.get(name) for name in ("display_name", "username", "team"))


PeopleFormSet = forms.formset_factory(PersonForm, extra=4, max_num=50)


class RemoveForm(forms.Form):
    typed = forms.CharField(
        label=_("Name of the company"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
