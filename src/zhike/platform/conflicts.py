"""Two people save one record: what each of them changed, and a choice for every field that both changed.

A form carries ``base``, the values that it began with. When somebody else saved meanwhile, fields that only
the other person changed take the saved value, and fields that both changed are shown with both values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.platform.models import AuditEvent

BASE = "base"
KEEP = "keep_"
SAVED = "saved"
SALT = "zhike.form.base"


@dataclass(frozen=True)
class Difference:
    """One field in words; ``name`` is the form's."""

    name: str
    label: str
    yours: str
    saved: str

    @property
    def choice(self) -> str:
        return KEEP + self.name


@dataclass(frozen=True)
class Meeting:
    """``clashes`` need a choice, ``taken`` were changed by the other person alone."""

    who: str
    at: datetime | None
    clashes: list[Difference] = field(default_factory=list)
    taken: list[Difference] = field(default_factory=list)


def sealed(form: forms.BaseForm) -> str:
    """The values that a fresh form begins with, signed so that they come back as they were."""
    values = {name: plain(form, name, initial(form, name)) for name in _names(form)}
    return signing.dumps(values, salt=SALT, compress=True)


def with_choices(data: QueryDict, fresh: forms.BaseForm) -> QueryDict:
    """What the person sent, with the saved value wherever that was chosen."""
    copy = data.copy()
    for key in [key for key in copy if key.startswith(KEEP)]:
        name = key.removeprefix(KEEP)
        if copy.pop(key)[-1] == SAVED and name in fresh.fields:
            _put(copy, fresh, name)
    return copy


def meet(form: forms.BaseForm, fresh: forms.BaseForm, target: Model) -> Meeting:
    """Compare the sent form with the record as it is saved now, and prepare the form to be sent again."""
    base = _base(form)
    data = cast(QueryDict, form.data).copy()
    clashes, taken = [], []
    for name in _names(fresh):
        if name not in form.fields:
            continue
        yours, saved = plain(form, name, _sent(form, name)), plain(fresh, name, initial(fresh, name))
        if yours == saved:
            continue
        found = Difference(name, str(form.fields[name].label or name), *_both(form, fresh, name))
        if name in base and base[name] == yours:
            taken.append(found)
            _put(data, fresh, name)
        elif name not in base or base[name] != saved:
            clashes.append(found)
    if "version" in fresh.fields:
        data["version"] = str(initial(fresh, "version"))
    data[BASE] = sealed(fresh)
    form.data = data
    who, at = last_change(target)
    return Meeting(who, at, clashes, taken)


def last_change(target: Model) -> tuple[str, datetime | None]:
    """Who changed the record last, and when, by the audit trail."""
    events = AuditEvent.objects.filter(target_type=target._meta.label_lower, target_id=target.pk)
    event = events.select_related("actor").order_by("-pk").first()
    return (str(event.actor or _("the system")), event.at) if event else (_("somebody"), None)


def initial(form: forms.BaseForm, name: str) -> Any:
    return form.get_initial_for_field(form.fields[name], name)


def plain(form: forms.BaseForm, name: str, value: Any) -> Any:
    """A value as it is compared: what the field understands, in one form."""
    try:
        value = form.fields[name].to_python(value)
    except (ValidationError, TypeError, ValueError):
        return str(value)
    return _plain(value)


def _plain(value: Any) -> Any:
    if value is None or value is False:
        return ""
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, datetime):
        return (
            timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if timezone.is_aware(value) else str(value)
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, list | tuple | set):
        return sorted(str(_plain(one)) for one in value)
    return str(value).strip()


def _names(form: forms.BaseForm) -> list[str]:
    return [name for name, found in form.fields.items() if not found.widget.is_hidden]


def _sent(form: forms.BaseForm, name: str) -> Any:
    widget = form.fields[name].widget
    return widget.value_from_datadict(form.data, form.files, form.add_prefix(name))


def _both(form: forms.BaseForm, fresh: forms.BaseForm, name: str) -> tuple[str, str]:
    sent = plain(form, name, _sent(form, name))
    return _words(form, name, sent), _words(fresh, name, plain(fresh, name, initial(fresh, name)))


def _words(form: forms.BaseForm, name: str, value: Any) -> str:
    """A plain value as the form would say it."""
    choices = dict(_flat(getattr(form.fields[name], "choices", ())))
    if isinstance(form.fields[name], forms.BooleanField):
        return _("Yes") if value else _("No")
    values = value if isinstance(value, list) else [value]
    return "、".join(str(choices.get(one, one)).strip() for one in values) or "—"


def _flat(choices: Any) -> list[tuple[str, Any]]:
    return [(str(code), label) for code, label in choices if str(code)]


def _put(data: QueryDict, fresh: forms.BaseForm, name: str) -> None:
    """The saved value, as the browser would send it."""
    widget, value = fresh.fields[name].widget, fresh[name].value()
    key = fresh.add_prefix(name)
    data.pop(key, None)
    if isinstance(widget, forms.CheckboxInput):
        if value:
            data[key] = "on"
    elif isinstance(value, list | tuple):
        data.setlist(key, [str(one) for one in value])
    else:
        shown = widget.format_value(value)
        data[key] = "".join(shown) if isinstance(shown, list) else str(shown if shown is not None else "")


def _base(form: forms.BaseForm) -> Mapping[str, Any]:
    try:
        found = signing.loads(form.data.get(BASE, ""), salt=SALT)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}
