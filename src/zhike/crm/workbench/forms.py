"""The form of a recipe: its variables by slot, its options."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhike.analytics.workbench import Choice, Recipe
from zhike.crm.insight import labels
from zhike.crm.workbench.catalogue import GROUPS, Entry

Groups = list[tuple[str, list[tuple[str, str]]]]


class ChoiceForm(forms.Form):
    """One field per slot ("slot_…") and option ("option_…"), with what may be chosen."""

    def __init__(self, *args: Any, recipe: Recipe, entries: dict[str, Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recipe = recipe
        for slot in recipe.slots:
            groups = grouped(entries, slot.kinds)
            name, label = f"slot_{slot.code}", labels.say(slot.words)
            if slot.most > 1:
                self.fields[name] = forms.MultipleChoiceField(
                    label=label,
                    choices=groups,
                    required=slot.least > 0,
                    widget=forms.CheckboxSelectMultiple(attrs={"class": "zk-variables"}),
                )
            else:
                empty = _("— choose —") if slot.least else _("— none —")
                self.fields[name] = forms.ChoiceField(
                    label=label, choices=[("", empty), *groups], required=slot.least > 0
                )
        for option in recipe.options:
            choices = [(code, labels.say(words)) for code, words in option.choices.items()]
            self.fields[f"option_{option.code}"] = (
                forms.ChoiceField(label=labels.say(option.words), choices=choices, required=False)
                if choices
                else forms.CharField(label=labels.say(option.words), required=False, max_length=200)
            )

    def choice(self) -> Choice:
        """What was chosen."""
        data = self.cleaned_data
        slots = {}
        for slot in self.recipe.slots:
            value = data.get(f"slot_{slot.code}") or []
            slots[slot.code] = list(value) if isinstance(value, list) else [value]
        options = {
            option.code: data.get(f"option_{option.code}") or option.default for option in self.recipe.options
        }
        return Choice(slots, options)


def initial_of(choice: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """A stored choice as the form shows it."""
    found: dict[str, Any] = {f"option_{code}": value for code, value in choice.get("options", {}).items()}
    for slot in recipe.slots:
        names = choice.get("slots", {}).get(slot.code, [])
        found[f"slot_{slot.code}"] = names if slot.most > 1 else (names[0] if names else "")
    return found


def grouped(entries: dict[str, Entry], kinds: tuple[str, ...]) -> Groups:
    """The variables of these kinds by where they come from."""
    found = []
    for code, title in GROUPS.items():
        pairs = [
            (entry.name, str(entry.label))
            for entry in entries.values()
            if entry.group == code and entry.variable.kind in kinds
        ]
        if pairs:
            found.append((str(title), pairs))
    return found


class ReportForm(forms.Form):
    name = forms.CharField(label=_("Name of the report"), max_length=80)
    shared = forms.BooleanField(label=_("Share with colleagues who see the same customers"), required=False)
