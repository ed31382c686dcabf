"""Input of the people pages; the rules themselves stand in the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import Role, Team, User
from zhike.platform.models import Installation
from zhike.platform.permissions import CAPABILITIES, RowScope


class SignInForm(AuthenticationForm):
    """Django's form with its one answer for wrong, unknown and disabled."""

    error_messages = {
        "invalid_login": _("The user name or the password is not right."),
        "inactive": _("The user name or the password is not right."),
    }


class UserForm(forms.ModelForm):
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        required=False,
    )

    class Meta:
        model = User
        fields = ["username", "display_name", "email", "team", "role", "language", "is_active"]
        widgets = {"language": forms.Select(choices=settings.LANGUAGES)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].required = True
        if self.instance.pk:
            self.fields["username"].disabled = True
            self.fields["password"].help_text = _("Leave empty to keep the password.")
        else:
            self.fields["password"].required = True
            self.initial["language"] = Installation.current().language
            del self.fields["is_active"]


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ["name", "parent"]


class RoleForm(forms.ModelForm):
    scope = forms.ChoiceField(label=_("Row scope"), choices=RowScope.choices)
    capabilities = forms.MultipleChoiceField(
        label=_("Rights"),
        choices=list(CAPABILITIES.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = Role
        fields = ["name", "scope", "capabilities"]


class PasswordForm(forms.Form):
    current = forms.CharField(
        label=_("Current password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    password = forms.CharField(
        label=_("New password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=_("New password again"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "current" in data and not self.user.check_password(data["current"]):
            self.add_error("current", _("This is not your current password."))
        if data.get("password") != data.get("again"):
            self.add_error("again", _("The two passwords differ."))
        return data


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    expires_on = forms.DateField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
