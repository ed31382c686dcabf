"""Undo: former values come back exactly; what the import created goes, unless other facts hang on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import DateField, DateTimeField, DecimalField, Exists, Model, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers import disagreements, ownership
from zhike.crm.customers.models import Contact, Customer, Merge
from zhike.crm.customers.search import reindex
from zhike.crm.imports.models import Import, ImportChange
from zhike.crm.imports.writers.orders import write_lines
from zhike.crm.interactions.models import Attachment, Interaction, Note
from zhike.crm.orders.models import Order, OrderLine
from zhike.platform import hooks
from zhike.platform import rows as bulk
from zhike.platform.jobs import JobRun

CHUNK = 200
TOLD = 200
MODELS: dict[str, type[Model]] = {
    "customer": Customer,
    "contact": Contact,
    "product": Product,
    "category": Category,
    "order": Order,
}
# What hangs on other records goes first.
SEQUENCE = ("order", "contact", "product", "category", "customer")


def work(record: Import, job: JobRun) -> dict[str, Any]:
    """Each chunk takes back some changes and forgets them in the same transaction: that is its checkpoint."""
    total = record.counts.get("undo", {}).get("total") or record.changes.count()
    counts = record.counts
    disagreements.drop_open("import", record.pk)
    for entity in SEQUENCE:
        while changes := list(record.changes.filter(entity=entity).order_by("-object_id", "-id")[:CHUNK]):
            with transaction.atomic():
                counts = _take_back(record, entity, changes, total)
                job.save_checkpoint()
                hooks.step("undo")
            job.progress(total - record.changes.count(), total, _("Undoing"))
    return counts


def _take_back(record: Import, entity: str, changes: Sequence[ImportChange], total: int) -> dict[str, Any]:
    ImportChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    made = [change.object_id for change in changes if change.created]
    deleted, kept = _delete(entity, made)
    restored = 0
    for change in changes:
        if not change.created:
            done, told = _restore(entity, change)
            restored += done
            kept += told
    if entity == "customer":
        changed = [change.object_id for change in changes if not change.created]
        ownership.record(changed, actor=record.created_by, origin="undo")
        reindex([change.object_id for change in changes])
    return _count(record, total, deleted, restored, kept)


def take_back_one(record: Import, noted: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Take back what one decision wrote, the last first; what had to be kept, about which the caller decides.

    ``noted`` are (entity, created numbers, changed fields) as ``Work`` keeps them.
    """
    kept: list[dict[str, Any]] = []
    for entity, created, changed in reversed(noted):
        mine = ImportChange.objects.filter(import_run=record, entity=entity)
        mine.filter(object_id__in=created, created=True).delete()
        kept += _delete(entity, list(created))[1]
        for number, fields in changed.items():
            change = ImportChange(import_run=record, entity=entity, object_id=int(number), before=fields)
            kept += _restore(entity, change)[1]
            _forget(mine.filter(object_id=int(number), created=False).first(), fields)
        if entity == "customer":
            ownership.record([int(number) for number in changed], actor=record.created_by, origin="undo")
            reindex([*created, *map(int, changed)])
    return kept


def _forget(change: ImportChange | None, fields: dict[str, Any]) -> None:
    """The import's own note goes back to what it was before the decision."""
    if change is None:
        return
    for name, pair in fields.items():
        known = change.before.get(name)
        if name == "lines" or known is None or known[0] == pair[0]:
            change.before.pop(name, None)
        else:
            change.before[name] = [known[0], pair[0]]
    if change.before:
        change.save(update_fields=["before"])
    else:
        change.delete()


def _count(
    record: Import, total: int, deleted: int, restored: int, kept: list[dict[str, Any]]
) -> dict[str, Any]:
    counts = Import.objects.values_list("counts", flat=True).get(pk=record.pk)
    so_far = counts.setdefault(
        "undo", {"total": total, "deleted": 0, "restored": 0, "kept": 0, "kept_records": []}
    )
    so_far["deleted"] += deleted
    so_far["restored"] += restored
    so_far["kept"] += len(kept)
    so_far["kept_records"] = (so_far["kept_records"] + kept)[:TOLD]
    Import.objects.filter(pk=record.pk).update(counts=counts)
    return counts


def _delete(entity: str, numbers: list[int]) -> tuple[int, list[dict[str, Any]]]:
    """Delete created records in one statement each; those with other facts stay and are told."""
    if not numbers:
        return 0, []
    model = MODELS[entity]
    used = model._default_manager.filter(pk__in=numbers).filter(_in_use(entity))
    kept = [{"entity": entity, "id": found.pk, "text": str(found)[:80], "why": "facts"} for found in used]
    going = sorted(set(numbers) - {item["id"] for item in kept})
    if entity == "order":
        OrderLine.objects.filter(order_id__in=going).delete()
    if entity == "category":
        return _delete_categories(going), kept
    count = model._default_manager.filter(pk__in=going).delete()[1].get(model._meta.label, 0)
    return count, kept


def _delete_categories(numbers: list[int]) -> int:
    """The deepest first, as parents are protected."""
    return sum(
        Category.objects.filter(pk=number).delete()[1].get("catalog.Category", 0)
        for number in sorted(numbers, reverse=True)
    )


def _in_use(entity: str) -> Q:
    if entity == "customer":
        return (
            Q(Exists(Order.objects.filter(customer_id=OuterRef("pk"))))
            | Q(Exists(Contact.objects.filter(customer_id=OuterRef("pk"))))
            | Q(Exists(Interaction.objects.filter(customer_id=OuterRef("pk"))))
            | Q(Exists(Note.objects.filter(customer_id=OuterRef("pk"))))
            | Q(Exists(Attachment.objects.filter(customer_id=OuterRef("pk"))))
            | Q(merged_into__isnull=False)
            | Q(Exists(Merge.objects.filter(survivor_id=OuterRef("pk"), undone_at__isnull=True)))
            | _changed_by_another("customer")
        )
    if entity == "product":
        return Q(Exists(OrderLine.objects.filter(product_id=OuterRef("pk")))) | _changed_by_another("product")
    if entity == "category":
        return Q(Exists(Product.objects.filter(category_id=OuterRef("pk"))))
    return _changed_by_another(entity)


def _changed_by_another(entity: str) -> Q:
    """A later import wrote here too (this one's own note is already gone)."""
    return Q(Exists(ImportChange.objects.filter(entity=entity, object_id=OuterRef("pk"))))


def _restore(entity: str, change: ImportChange) -> tuple[int, list[dict[str, Any]]]:
    """Set the fields back that still are as the import left them."""
    model = MODELS[entity]
    found = model._default_manager.filter(pk=change.object_id).first()
    if found is None:
        return 0, []
    pairs = {name: pair for name, pair in change.before.items() if name != "lines"}
    fields = {field.attname: field for field in model._meta.concrete_fields}
    former = {name: _typed(fields[name], pair[0]) for name, pair in pairs.items()}
    left = {name: _typed(fields[name], pair[1]) for name, pair in pairs.items()}
    same = {name for name in pairs if getattr(found, name) == left[name]}
    if entity == "order":
        return _restore_order(found, change, former, whole=same == set(pairs))
    if entity == "customer":
        met = {name: [getattr(found, name), former[name]] for name in pairs if name not in same}
        disagreements.note("import_undo", change.import_run_id, {found.pk: met})
    if same:
        bulk.update(model, {found.pk: {name: former[name] for name in same}}, versioned=entity == "customer")
    return int(bool(same)), [] if same == set(pairs) else [_told(entity, found, "changed")]


def _restore_order(
    found: Any, change: ImportChange, former: dict[str, Any], *, whole: bool
) -> tuple[int, list[dict[str, Any]]]:
    """An order goes back whole or, when it was changed since, not at all."""
    if not whole:
        return 0, [_told("order", found, "changed")]
    if former:
        bulk.update(Order, {found.pk: former})
    OrderLine.objects.filter(order_id=found.pk).delete()
    write_lines([(found.pk, [tuple(line) for line in change.before.get("lines", [])])])
    return 1, []


def _told(entity: str, found: Any, why: str) -> dict[str, Any]:
    return {"entity": entity, "id": found.pk, "text": str(found)[:80], "why": why}


def _typed(field: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, DateTimeField):
        return datetime.fromisoformat(value)
    if isinstance(field, DateField):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(field, DecimalField) else value
