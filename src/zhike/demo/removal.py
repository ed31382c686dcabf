"""Remove a simulated company in chunks: its customers with all that hangs on them, then what else it brought.

Colleagues, teams, products and categories to which something that stays refers are kept. A removal that was
killed goes on with what is left.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models.deletion import CASCADE, DO_NOTHING, SET_NULL
from django.urls import reverse

from zhike.crm.customers.models import Customer, CustomerList
from zhike.crm.customers.search import reindex
from zhike.crm.notifications.models import Notification
from zhike.crm.orders.models import Order
from zhike.crm.segments.models import Segment
from zhike.crm.tasks.models import Task
from zhike.crm.treatments.models import Treatment
from zhike.demo import divisions, strategies
from zhike.demo.footprint import KINDS
from zhike.demo.lists import of_simulation
from zhike.demo.loader import COMPANY_NAME, SOURCE
from zhike.platform.models import Installation

CHUNK = 250
# Both stores take so many values in one statement.
VALUES = 900
# Who did something is remembered by number alone; what somebody was told goes with the person.
IGNORED = {"platform", "notifications", "axes", "sessions", "django_q"}


def remove(reached: Callable[[int], None]) -> dict[str, int]:
    """Remove everything; ``reached`` hears the number of customers gone after each chunk."""
    gone = 0
    while ids := list(_simulated()[:CHUNK]):
        with transaction.atomic():
            delete_with_all(Customer, ids)
            reindex(ids)
            _forget(ids)
        gone += len(ids)
        reached(gone)
    with transaction.atomic():
        orders = list(Order.objects.filter(source=SOURCE, customer=None).values_list("pk", flat=True))
        delete_with_all(Order, orders)
        delete_with_all(Task, list(Task.objects.filter(origin=SOURCE).values_list("pk", flat=True)))
        for model, numbers in zip((CustomerList, Treatment), of_simulation(), strict=True):
            delete_with_all(model, numbers)
        delete_with_all(Segment, divisions.let_go())
        strategies.take_back()
        _remove_world()
    shutil.rmtree(Path(settings.ZHIKE_HOME) / SOURCE, ignore_errors=True)
    return {"customers": gone}


def _simulated() -> Any:
    return Customer._base_manager.filter(source=SOURCE).order_by("pk").values_list("pk", flat=True)


def _forget(ids: Sequence[int]) -> None:
    """What names these customers without a reference: notes for the alerts, and what people were told."""
    for model in apps.get_models():
        if model._meta.app_label not in IGNORED and _names_customers(model):
            model._base_manager.filter(customer_id__in=ids).delete()
    pages = [reverse("customers:detail", args=[pk]) for pk in ids]
    Notification.objects.filter(url__in=pages).delete()


def _names_customers(model: Any) -> bool:
    return any(field.name == "customer_id" for field in model._meta.concrete_fields)


def _remove_world() -> None:
    installation = Installation.objects.select_for_update().get(pk=Installation.current().pk)
    for name, model in KINDS.items():
        _remove_unused(model, list(installation.simulation.get(name, [])))
    installation.simulated, installation.simulation = False, {}
    if installation.company_name == COMPANY_NAME:
        installation.company_name = ""
    installation.save(update_fields=["simulated", "simulation", "company_name"])


def _remove_unused(model: Any, ids: list[int]) -> None:
    """Again and again, because a category is free only when those below it are gone."""
    while free := [pk for pk in ids if not is_used(model, pk)]:
        delete_with_all(model, free)
        ids = [pk for pk in ids if pk not in set(free)]


def is_used(model: Any, pk: int) -> bool:
    """Whether a row that stays refers to this one."""
    if model.__name__ == "CustomField":
        key = model.objects.filter(pk=pk).values_list("key", flat=True).first()
        return bool(key) and Customer._base_manager.filter(custom__has_key=key).exists()
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: pk}).exists()
        for relation in _relations(model)
        if relation.related_model._meta.app_label not in IGNORED
        and relation.related_model._meta.model_name not in ("apitoken", "calendarfeed")
    )


def _relations(model: Any) -> Iterator[Any]:
    """Every foreign key to the model, those of many-to-many tables too."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation


def delete_with_all(model: Any, ids: Sequence[int]) -> None:
    """Delete rows and what hangs on them, without loading any of it; looser references become empty."""
    for part in _parts(ids):
        for relation in _relations(model):
            _let_go(relation, part)
        model._base_manager.filter(pk__in=part)._raw_delete(model._base_manager.db)


def _let_go(relation: Any, ids: Sequence[int]) -> None:
    related, rule = relation.related_model, relation.on_delete
    rows = related._base_manager.filter(**{f"{relation.field.name}__in": ids})
    if rule is DO_NOTHING:
        return
    if rule is SET_NULL:
        rows.update(**{relation.field.name: None})
    elif rule is CASCADE or rule is models.PROTECT or rule is models.RESTRICT:
        delete_with_all(related, list(rows.order_by().values_list("pk", flat=True)))
    else:
        rows.update(**{relation.field.name: relation.field.get_default()})


def _parts(ids: Sequence[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while part := list(islice(rest, VALUES)):
        yield part
