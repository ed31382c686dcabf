"""The list of key customers: classes, who looks after them, when they were last contacted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from zhike.crm.customers.models import Customer

pytestmark = pytest.mark.django_db


def names(response) -> list[str]:
    return [row.record.name for row in response.context["table"].rows]


def page(client, **query):
    return client.get(reverse("insight:pareto"), query)


@pytest.mark.parametrize("basis", ["net_revenue", "revenue", "margin"])
def test_each_class_lists_the_customers_that_it_counts(analyzed, client, basis):
    client.force_login(analyzed.people.owner)
    for row in page(client, basis=basis).context["classes"]:
        response = page(client, basis=basis, **{"class": row["name"]})
        assert response.context["total"] == row["customers"]


def test_the_list_begins_with_the_largest_customer_and_goes_on(analyzed, client):
    client.force_login(analyzed.people.owner)
    response = page(client, **{"class": "A"})
    found = Customer.objects.filter(name__in=names(response))
    largest = Customer.objects.filter(score__frequency__gt=0).order_by("-score__net_revenue").first()
    assert names(response)[0] == largest.name
    assert found.count() == len(names(response))


def test_nobody_looks_after_these(analyzed, client):
    client.force_login(analyzed.people.owner)
    shown = [row.record for row in page(client, **{"class": "A", "nobody": "1"}).context["table"].rows]
    assert shown
    assert all(customer.owner is None for customer in shown)


def test_not_contacted_holds_those_never_contacted_too(analyzed, client):
    client.force_login(analyzed.people.owner)
    shown = [row.record for row in page(client, **{"class": "A", "silent": "60"}).context["table"].rows]
    limit = timezone.now() - timedelta(days=60)
    assert any(customer.last_contact_at is None for customer in shown)
    assert all(c.last_contact_at is None or c.last_contact_at < limit for c in shown)


def test_only_who_may_export_sees_the_link(analyzed, client):
    client.force_login(analyzed.people.owner)
    assert page(client).context["export_url"].startswith(reverse("customers:export"))
    client.force_login(analyzed.people.sales_east)
    assert page(client).context["export_url"] == ""


def test_the_basis_margin_says_for_how_many_customers_it_speaks(analyzed, client):
    client.force_login(analyzed.people.owner)
    assert page(client, basis="margin").context["margin_note"]
    assert not page(client, basis="revenue").context["margin_note"]
