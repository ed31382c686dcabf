"""Whose day it is: the person who looks, whose customers are meant, and the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from zhike.crm.customers.models import Customer
from zhike.crm.followups.queries import Rhythm
from zhike.crm.insight.snapshot_queries import Row, Snapshot, snapshot_for
from zhike.crm.strategy import queries as strategy
from zhike.crm.strategy.queries import Strategy
from zhike.platform import company_day
from zhike.platform.permissions import RowScope, allowed, row_scope
from zhike.platform.requests import number_of

EVERYBODY, NOBODY = "everybody", "nobody"
_OWNERS: dict[int | str, str] = {EVERYBODY: "TRUE", NOBODY: "c.owner_id IS NULL"}


@dataclass(frozen=True)
class Viewer:
    """``who`` is a user's number, everybody in the row scope, or nobody: customers without an owner."""

    user: Any
    who: int | str
    today: date

    @classmethod
    def of(cls, user: Any, who: str = "", today: date | None = None) -> Viewer:
        """Who sees the own customers alone has the own day; others choose, everybody at first."""
        today = today or company_day.today()
        if row_scope(user) == RowScope.OWN:
            return cls(user, user.pk, today)
        if who == NOBODY:
            return cls(user, NOBODY, today)
        number = number_of(who)
        return cls(user, EVERYBODY if number is None else number, today)

    @cached_property
    def base(self) -> Snapshot | None:
        return snapshot_for(self.user) if allowed(self.user, "insight.view") else None

    @cached_property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.today)

    @cached_property
    def tier_names(self) -> dict[int, str]:
        return self.base.names if self.base else self.rhythm.names

    @cached_property
    def strategies(self) -> dict[int, Strategy]:
        return strategy.everything()

    @property
    def key_rank(self) -> int:
        """From this rank on customers are key customers: the two highest tiers."""
        return max(2, max(self.tier_names) - 1)

    @property
    def person(self) -> int | None:
        return self.who if isinstance(self.who, int) else None

    def owned(self, prefix: str = "") -> Q:
        """The condition on the owner; the row scope is a condition of its own."""
        if self.who == EVERYBODY:
            return Q()
        if self.who == NOBODY:
            return Q(**{f"{prefix}owner__isnull": True})
        return Q(**{f"{prefix}owner_id": self.who})

    def customers(self) -> QuerySet[Customer]:
        return Customer.objects.visible_to(self.user).filter(self.owned())

    def rows(self, text: str, **values: Any) -> list[Row]:
        """Rows of the snapshot within scope and owner; ``[owner]`` marks the place of the latter."""
        if self.base is None:
            return []
        owner = _OWNERS.get(self.who, "c.owner_id = $person")
        if self.person is not None:
            values["person"] = self.person
        return self.base.rows(text.replace("[owner]", owner), **values)
