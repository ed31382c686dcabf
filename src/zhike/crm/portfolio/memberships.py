"""Filters by what somebody put together: chosen rows, customer lists, treatments and their arms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import conditions, lists
from zhike.crm.customers.models import ListMember
from zhike.crm.treatments import queries as treatments
from zhike.crm.treatments.models import Treatment
from zhike.platform.requests import number_of
from zhike.platform.templatetags import zhike_format as say

Pairs = Sequence[tuple[str, str]]
SHOWN = 200
ARM_WORDS = {treatments.TREATED: _("treated"), treatments.HELD_OUT: _("held out")}


def numbers(given: Sequence[str]) -> list[int] | None:
    """The numbers of records, or None when one of the values is none."""
    found = [number for value in given if (number := number_of(value)) is not None]
    return found if len(found) == len(given) else None


def chosen(given: list[str]) -> Q:
    """Rows that somebody ticked."""
    found = numbers(given)
    return conditions.NOBODY if found is None else Q(pk__in=found)


def chosen_words(_user: Any, given: Sequence[str]) -> str:
    words = ngettext("%(count)s customer", "%(count)s customers", len(given))
    return words % {"count": say.number(len(given))}


def in_list(query: QueryDict, user: Any) -> Q:
    """Members of any of the lists that the user may see; another's own list has none."""
    found = numbers([value for value in query.getlist("list") if value])
    if found is None:
        return conditions.NOBODY
    visible = lists.lists_of(user).filter(pk__in=found).order_by().values("pk")
    return Q(pk__in=ListMember.objects.filter(list__in=visible).order_by().values("customer_id"))


def list_pairs(user: Any) -> Pairs:
    return [(str(one.pk), one.name) for one in lists.lists_of(user)[:SHOWN]]


def in_treatment(query: QueryDict, user: Any) -> Q:
    """Customers of the treatments named, of one arm when one is named."""
    found = numbers([value for value in query.getlist("treatment") if value])
    arms = [value for value in query.getlist("arm") if value]
    if not found or not set(arms) <= set(treatments.ARMS):
        return conditions.NOBODY
    visible = Treatment.objects.visible_to(user).filter(pk__in=found).values_list("pk", flat=True)
    known = list(visible)
    return treatments.members_condition(known, arms) if known else conditions.NOBODY


def in_arm(query: QueryDict, user: Any) -> Q:
    """With a treatment it is part of that; alone it means any treatment at all."""
    arms = [value for value in query.getlist("arm") if value]
    if not set(arms) <= set(treatments.ARMS):
        return conditions.NOBODY
    return Q() if any(query.getlist("treatment")) else treatments.members_condition([], arms)


def treatment_pairs(user: Any) -> Pairs:
    newest = Treatment.objects.visible_to(user)[:SHOWN]
    return [(str(one.pk), f"{one.purpose} ({say.day(one.at)})") for one in newest]


def arm_pairs() -> Pairs:
    return [(code, gettext(str(label))) for code, label in ARM_WORDS.items()]
