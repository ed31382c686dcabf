from __future__ import annotations

import pytest

from zhike.crm.notifications import kinds
from zhike.crm.notifications.choices import Email

KIND = "test.news"


@pytest.fixture(autouse=True)
def news(monkeypatch):
    """One kind of its own, told by the daily summary unless a person chose otherwise."""
    kind = kinds.NotificationKind(KIND, "News", "%(customer)s fell to %(tier)s", email_default=Email.DIGEST)
    monkeypatch.setitem(kinds.KINDS, KIND, kind)
    return kind


@pytest.fixture
def reader(people):
    people.sales_east.email = "east@example.com"
    people.sales_east.save()
    return people.sales_east
