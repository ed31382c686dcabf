"""Verbs on the fields that a company adds: define, change without losing a value, archive and bring back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import custom_fields
from zhike.crm.customers.choices import FieldType
from zhike.crm.customers.models import CustomField
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

CAPABILITY = "users.manage"
ENTITIES = {"customer": "customers.Customer", "contact": "customers.Contact", "product": "catalog.Product"}
KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
MAX_FIELDS, MAX_CHOICES, MAX_TEXT = 100, 200, 80
BATCH = 2_000
WITH_CHOICES = (FieldType.CHOICE, FieldType.MULTIPLE)


@transaction.atomic
def define_field(
    *, actor: Any, entity: str, label: str, field_type: str, key: str = "", **rest: Any
) -> CustomField:
    """Add a field. Without a key one is made of the English label, else a number."""
    require(actor, CAPABILITY)
    if entity not in ENTITIES:
        raise DomainError(_("Choose one of the values offered."), field="entity", code="unknown_choice")
    if CustomField.objects.filter(entity=entity).count() >= MAX_FIELDS:
        raise DomainError(_("There can be 100 fields at most."), code="too_many")
    field = CustomField(entity=entity, key=key or _free_key(entity, rest.get("label_en", "") or label))
    if not KEY.match(field.key):
        raise DomainError(_("A key has small letters, digits and underscores."), field="key", code="key")
    if CustomField.objects.filter(entity=entity, key=field.key).exists():
        raise DomainError(_("There is already a field with this key."), field="key", code="taken")
    _fill(field, label=label, field_type=field_type, **rest)
    field.save()
    audit.record(actor, "custom_field.created", field, after=_state(field))
    return field


@transaction.atomic
def change_field(*, actor: Any, field: CustomField, **values: Any) -> CustomField:
    """Change a field; refused when a stored value would be lost by the new type or the new choices."""
    require(actor, CAPABILITY)
    current = CustomField.objects.select_for_update().get(pk=field.pk)
    before, old_type, old_choices = _state(current), current.field_type, list(current.choices)
    _fill(current, **{**_own(current), **values})
    if current.field_type != old_type or not set(old_choices) <= set(current.choices):
        _convert(current, old_type)
    current.save()
    audit.record(actor, "custom_field.changed", current, before=before, after=_state(current))
    return current


@transaction.atomic
def archive_field(*, actor: Any, field: CustomField) -> None:
    """Ask for the field no longer; its values stay."""
    require(actor, CAPABILITY)
    if CustomField.objects.filter(pk=field.pk, archived_at=None).update(archived_at=timezone.now()):
        audit.record(actor, "custom_field.archived", field)


@transaction.atomic
def bring_back_field(*, actor: Any, field: CustomField) -> None:
    require(actor, CAPABILITY)
    if CustomField.objects.filter(pk=field.pk, archived_at__isnull=False).update(archived_at=None):
        audit.record(actor, "custom_field.restored", field)


def in_use(field: CustomField) -> int:
    """How many records have a value."""
    return _holders(field).count()


def _own(field: CustomField) -> dict[str, Any]:
    names = ("label", "label_en", "field_type", "choices", "required", "section", "position")
    return {name: getattr(field, name) for name in names}


def _fill(
    field: CustomField,
    *,
    label: str,
    field_type: str,
    label_en: str = "",
    choices: Iterable[str] = (),
    required: bool = False,
    section: str = "",
    position: int = 0,
) -> None:
    if not 1 <= len(label.strip()) <= MAX_TEXT:
        raise DomainError(_("This field is required."), field="label", code="required")
    if field_type not in FieldType.values:
        raise DomainError(_("Choose one of the values offered."), field="field_type", code="unknown_choice")
    field.label, field.label_en = label.strip(), label_en.strip()[:MAX_TEXT]
    field.field_type, field.required, field.section = field_type, required, section.strip()[:MAX_TEXT]
    field.position = position
    field.choices = _choices(choices) if field_type in WITH_CHOICES else []
    if field_type in WITH_CHOICES and not field.choices:
        raise DomainError(_("Name at least one choice."), field="choices", code="required")


def _choices(given: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(text.strip() for text in given if text.strip()))
    if len(found) > MAX_CHOICES or any(len(text) > MAX_TEXT for text in found):
        message = _("At most 200 choices of at most 80 characters.")
        raise DomainError(message, field="choices", code="too_long")
    return found


def _convert(field: CustomField, old_type: str) -> None:
    """Bring every stored value into the new type, or refuse naming one that would be lost."""
    changed: list[Any] = []
    for record in _in_batches(_holders(field)):
        value = record.custom[field.key]
        try:
            converted = _converted(field, old_type, value)
        except (ValueError, TypeError, ArithmeticError) as error:
            name = "field_type" if field.field_type != old_type else "choices"
            shown = custom_fields.said(value)
            message = _("A stored value would be lost: %(value)s. Nothing was changed.") % {"value": shown}
            raise DomainError(message, field=name, code="would_lose") from error
        if converted != value:
            record.custom[field.key] = converted
            changed.append(record)
    for start in range(0, len(changed), BATCH):
        _model(field)._default_manager.bulk_update(changed[start : start + BATCH], ["custom"])


def _converted(field: CustomField, old_type: str, value: Any) -> Any:
    """The value in the new type; ``ValueError`` when it could not be turned back."""
    if FieldType.BOOLEAN in (old_type, field.field_type) and old_type != field.field_type:
        raise ValueError
    text = custom_fields.said(value)
    several = isinstance(value, list) and field.field_type == FieldType.MULTIPLE
    found = custom_fields.READERS[field.field_type](field, value if several else text)
    if custom_fields.said(found) != text:
        raise ValueError
    return found


def _holders(field: CustomField) -> models.QuerySet[Any]:
    """Every record with a value, the deleted ones too: they may come back."""
    model = _model(field)
    rows = getattr(model, "everything", model._default_manager).all()
    return rows.filter(custom__has_key=field.key).order_by("pk")


def _model(field: CustomField) -> type[models.Model]:
    return apps.get_model(ENTITIES[field.entity])


def _in_batches(rows: models.QuerySet[Any]) -> Iterator[Any]:
    yield from rows.only("pk", "custom").iterator(chunk_size=BATCH)


def _free_key(entity: str, label: str) -> str:
    from pypinyin import lazy_pinyin  # its dictionaries take a while to load

    stem = slugify(" ".join(lazy_pinyin(label))).replace("-", "_")[:30]
    stem = stem if KEY.match(stem) else "field"
    taken = set(CustomField.objects.filter(entity=entity).values_list("key", flat=True))
    names = [stem, *(f"{stem}_{number}" for number in range(2, MAX_FIELDS + 3))]
    return next(name for name in names if name not in taken)


def _state(field: CustomField) -> dict[str, Any]:
    return {"key": field.key, **_own(field)}
