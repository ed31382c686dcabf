"""The list is filtered by the company's own fields, typed, and by nothing that is not one of them."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.urls import reverse

from factories import make_customer
from zhike.crm.customers.models import CustomField
from zhike.crm.portfolio import filters, queries, saved_views

FIELDS = [
    ("level", "choice", ["高", "低"]),
    ("areas", "multiple", ["华东", "华", "East"]),
    ("staff", "number", []),
    ("since", "date", []),
    ("vip", "boolean", []),
    ("remark", "text", []),
]


@pytest.fixture
def firms(people):
    for key, kind, choices in FIELDS:
        CustomField.objects.create(key=key, label=key, field_type=kind, choices=choices)
    one = {
        "level": "高",
        "areas": ["华东"],
        "staff": 9,
        "since": "2026-05-01",
        "vip": True,
        "remark": "老客户100%",
    }
    two = {"level": "低", "areas": ["华", "East"], "staff": 100.5, "since": "2025-12-31", "vip": False}
    make_customer("甲", owner=people.owner, custom=one)
    make_customer("乙", owner=people.owner, custom=two)
    make_customer("丙", owner=people.owner)
    return people


def names(people, query: str) -> str:
    found = queries.filtered(people.owner, QueryDict(query))
    return "".join(sorted(found.values_list("name", flat=True), key="甲乙丙".index))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("own_level=高", "甲"),
        ("own_level=高&own_level=低", "甲乙"),
        ("own_level=none", "丙"),
        ("own_level=中", ""),
        ("own_areas=华", "乙"),
        ("own_areas=华东", "甲"),
        ("own_areas=East", "乙"),
        ("own_staff.from=10", "乙"),
        ("own_staff.to=9", "甲"),
        ("own_staff.to=x", ""),
        ("own_staff.to=NaN", ""),
        ("own_since.from=2026-01-01", "甲"),
        ("own_since.to=2025-12-31", "乙"),
        ("own_vip=true", "甲"),
        ("own_vip=false", "乙"),
        ("own_vip=maybe", ""),
        ("own_remark=客户", "甲"),
        ("own_remark=100%25", "甲"),
        ("own_remark=%25x", ""),
        ("own_unknown=1", ""),
        ("own_level__exact=高", ""),
        ("own_level=", "甲乙丙"),
    ],
)
def test_a_filter_finds_by_the_type_of_its_field(firms, query, expected):
    assert names(firms, query) == expected


def test_an_archived_field_filters_nobody_in(firms):
    CustomField.objects.filter(key="level").update(archived_at="2026-01-01T00:00Z")
    assert names(firms, "own_level=高") == ""


def test_a_saved_view_keeps_the_filter(firms):
    query = QueryDict("own_level=高&nonsense=1&page=3")
    assert saved_views.kept(query, filters.PARAMETERS).urlencode() == QueryDict("own_level=高").urlencode()


def test_the_list_shows_column_and_chip(client, firms):
    client.force_login(firms.owner)
    address = reverse("customers:list") + "?own_level=高&columns=name&columns=custom_areas"
    text = client.get(address).content.decode()
    assert "甲" in text
    assert "乙" not in text
    assert "华东" in text
    form = client.get(reverse("customers:filters")).content.decode()
    assert 'name="own_staff.from"' in form
