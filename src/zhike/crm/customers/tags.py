"""Verbs on the company's list of tags; whoever may change a customer sets them by typing."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.choices import TagColor
from zhike.crm.customers.models import Customer, Tag
from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

CAPABILITY = "users.manage"
MAX_NAME = 40


def with_counts() -> QuerySet[Tag]:
    """Every tag with the number of living customers that have it."""
    living = Count("customers", filter=Q(customers__deleted_at__isnull=True))
    return Tag.objects.annotate(used=living).order_by("name")


def suggestions(start: str, limit: int = 20) -> list[str]:
    found = Tag.objects.filter(name__icontains=start.strip()[:MAX_NAME]).order_by("name")
    return list(found.values_list("name", flat=True)[:limit])


@transaction.atomic
def change_tag(*, actor: Any, tag: Tag, name: str, color: str = "") -> Tag:
    """Rename and recolor. A name that another tag has merges the two: every customer keeps the one left."""
    require(actor, CAPABILITY)
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME or any(mark in name for mark in ",，、\n\x00"):
        raise DomainError(_("A tag has 1 to 40 characters and no commas."), field="name", code="name")
    if color and color not in TagColor.values:
        raise DomainError(_("Choose one of the values offered."), field="color", code="unknown_choice")
    same = Tag.objects.filter(name=name).exclude(pk=tag.pk).first()
    before = {"name": tag.name, "color": tag.color}
    if same is not None:
        return _merge(actor, tag, same, color)
    tag.name, tag.color = name, color
    tag.save()
    audit.record(actor, "tag.changed", tag, before=before, after={"name": name, "color": color})
    return tag


@transaction.atomic
def delete_tag(*, actor: Any, tag: Tag) -> None:
    require(actor, CAPABILITY)
    audit.record(actor, "tag.deleted", tag, before={"customers": tag.customers.count()})
    tag.delete()


def _merge(actor: Any, tag: Tag, into: Tag, color: str) -> Tag:
    through = Customer.tags.through
    ids = through.objects.filter(tag=tag)
    both = through.objects.filter(tag=into).values("customer_id")
    ids.filter(customer_id__in=both).delete()
    moved = ids.update(tag=into)
    if color and not into.color:
        into.color = color
        into.save()
    audit.record(
        actor, "tag.merged", into, before={"name": tag.name}, after={"name": into.name, "moved": moved}
    )
    tag.delete()
    return into
