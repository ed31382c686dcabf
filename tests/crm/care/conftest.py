"""Care with a clock that stands still, and only the rules that a test makes."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from factories import SHANGHAI, make_customer
from zhike.crm.care.models import CareRule
from zhike.platform import company_day

# A Wednesday; the Spring Festival of 2026 is on 17 February, days off are 15 to 23 February.
TODAY = date(2026, 2, 4)


@pytest.fixture(autouse=True)
def no_rules(db):
    CareRule.objects.all().delete()


@pytest.fixture
def clock(monkeypatch):
    """Set the company's day; starts at TODAY."""

    def at(day: date) -> date:
        monkeypatch.setattr(company_day, "now", lambda: datetime.combine(day, time(9), SHANGHAI))
        monkeypatch.setattr(company_day, "today", lambda: day)
        return day

    at(TODAY)
    return at


def rule(occasion: str = "birthday", **fields) -> CareRule:
    fields.setdefault("lead", 0)
    fields.setdefault("lead_in", "days")
    return CareRule.objects.create(occasion=occasion, **fields)


def person(name: str = "王芳", *, born: str | None = None, lunar: bool = False, owner=None, **fields):
    return make_customer(
        name,
        owner=owner,
        kind="person",
        birthday=date.fromisoformat(born) if born else None,
        birthday_calendar="lunar" if lunar else "solar",
        **fields,
    )
