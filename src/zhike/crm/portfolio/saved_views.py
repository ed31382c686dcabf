"""Lists as people set them up: filters, order and columns under a name, for oneself or the team."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from zhike.platform import audit
from zhike.platform.errors import DomainError
from zhike.platform.models import SavedView

ENTITY = "customer"
MAX_QUERY = 4000


@dataclass(frozen=True)
class Entry:
    view: SavedView
    url: str
    active: bool
    mine: bool


def views_of(user: Any) -> QuerySet[SavedView]:
    return SavedView.objects.visible_to(user).filter(entity=ENTITY).select_related("owner")


def entries(user: Any, query: QueryDict, parameters: Iterable[str]) -> list[Entry]:
    """The views that the person may open; the one being looked at is active."""
    now = _ordered(kept(query, parameters))
    return [
        Entry(view, f"?{view.query}", _ordered(QueryDict(view.query)) == now, view.owner_id == user.pk)
        for view in views_of(user)
    ]


@transaction.atomic
def save_view(
    *, actor: Any, name: str, query: QueryDict, parameters: Iterable[str], shared: bool = False
) -> SavedView:
    """Keep a list under a name; the same name again replaces one's own."""
    name, text = name.strip(), kept(query, parameters).urlencode()
    if not 1 <= len(name) <= 80:
        raise DomainError(_("Give the view a name of at most 80 characters."), field="name", code="required")
    if len(text) > MAX_QUERY:
        raise DomainError(_("These are too many filters for one view."), field="query", code="too_long")
    view, _created = SavedView.objects.update_or_create(
        owner=actor,
        entity=ENTITY,
        name=name,
        defaults={"query": text, "columns": query.getlist("columns"), "shared": shared},
    )
    audit.record(actor, "view.saved", view, after={"query": text, "shared": shared})
    return view


@transaction.atomic
def delete_view(*, actor: Any, view: SavedView) -> None:
    if view.owner_id != actor.pk:
        raise DomainError(_("Only its owner deletes a view."), code="not_owner")
    audit.record(actor, "view.deleted", view)
    view.delete()


def kept(query: QueryDict, parameters: Iterable[str]) -> QueryDict:
    """Of an address, what describes the list: known parameters, no page."""
    copy, known = QueryDict(mutable=True), set(parameters)
    starts = tuple(name[:-1] for name in known if name.endswith("*"))
    for name, values in query.lists():
        if (name in known or name.startswith(starts)) and any(values):
            copy.setlist(name, [value for value in values if value])
    return copy


def _ordered(query: QueryDict) -> list[tuple[str, list[str]]]:
    return sorted((name, sorted(values)) for name, values in query.lists())
