"""The last step before an act runs: whether it is a treatment, and how many are held out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.analytics.effect import DEFAULT_SHARE


class ConfirmForm(forms.Form):
    treatment = forms.BooleanField(
        label=_("Hold some customers out, so that the effect shows"), required=False
    )
    percent = forms.IntegerField(label=_("Share held out (%)"), min_value=0, max_value=50, required=False)
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=120,
        required=False,
        help_text=_("A customer keeps the same side in everything done for this purpose."),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("treatment") and not data.get("purpose", "").strip():
            self.add_error("purpose", _("Say what the treatment is for, in at most 120 characters."))
        return data

    @property
    def hold_out(self) -> dict[str, Any]:
        """As the verb takes it: nothing for an act that treats nobody."""
        data = self.cleaned_data
        if not data["treatment"]:
            return {}
        percent = data["percent"]
        return {"purpose": data["purpose"], "share": DEFAULT_SHARE if percent is None else percent / 100}
