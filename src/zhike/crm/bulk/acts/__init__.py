"""The acts that can be done to many customers at once, by name."""

from __future__ import annotations

from typing import Any

from zhike.crm.bulk.acts.assign import Assign
from zhike.crm.bulk.acts.base import Act
from zhike.crm.bulk.acts.fields import SetFields
from zhike.crm.bulk.acts.lists import PutIntoList, TakeOutOfList
from zhike.crm.bulk.acts.tags import AddTags, RemoveTags
from zhike.crm.bulk.acts.tasks import CreateTasks

ACTS: dict[str, Act] = {
    act.code: act
    for act in (Assign(), AddTags(), RemoveTags(), CreateTasks(), SetFields(), PutIntoList(), TakeOutOfList())
}


def open_to(user: Any) -> list[Act]:
    return [act for act in ACTS.values() if act.open_to(user)]


__all__ = ["ACTS", "Act", "open_to"]
