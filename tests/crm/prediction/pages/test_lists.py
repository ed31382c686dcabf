"""The lists of customers at risk, overdue and for cross-selling, as each person sees them."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.prediction.pages.predicted import make_costs, make_predicted, make_product, make_versions, recommend
from zhike.crm.bulk.models import BulkAct, BulkTarget
from zhike.crm.customers.models import Customer
from zhike.crm.prediction import lists
from zhike.crm.tasks.models import Task
from zhike.crm.treatments.models import TreatmentMember

PAGES = ("at_risk", "overdue", "cross_sell")


@pytest.fixture
def firms(people):
    """One at risk of each team, one that stays, one at risk that is worth little; all but one overdue."""
    make_versions()
    east = make_predicted("东方", owner=people.sales_east, tier=4)
    west = make_predicted("西域", owner=people.sales_west, tier=2)
    loyal = make_predicted(
        "忠诚", owner=people.sales_east, churn_probability=0.05, value_at_risk=60, rhythm_status="not_due"
    )
    small = make_predicted("微小", owner=people.sales_east, clv=20, value_kept=40, value_at_risk=24)
    tea = make_product("T1", "龙井茶")
    for firm in (east, west):
        recommend(firm, tea)
    return {"east": east, "west": west, "loyal": loyal, "small": small, "tea": tea}


def shown(client, page, **query):
    answer = client.get(reverse(f"prediction:{page}"), query)
    assert answer.status_code == 200
    return {row.record.customer.name for row in answer.context["table"].rows}


def test_at_risk_holds_those_for_whom_an_offer_pays(firms, as_user):
    make_costs()
    # 0.6 * 0.3 * (1200 - 100) - 0.4 * 0.2 * 100 - 2 = 188; the small one loses money.
    assert shown(as_user("owner"), "at_risk") == {"东方", "西域"}


def test_without_costs_those_who_rather_leave_than_stay_are_at_risk(firms, as_user):
    client = as_user("owner")
    assert shown(client, "at_risk") == {"东方", "西域", "微小"}
    page = client.get(reverse("prediction:at_risk")).content.decode()
    assert "unknown until its costs are entered" in page


def test_a_reason_is_named_only_where_something_raises_the_probability(people, as_user):
    make_versions()
    make_predicted(
        "东方", owner=people.sales_east, churn_reasons=[{"f": "silence_ratio", "v": 7.65, "e": 0.4}]
    )
    make_predicted("西域", owner=people.sales_east, churn_reasons=[{"f": "recency_days", "v": 5, "e": -0.4}])
    page = as_user("owner").get(reverse("prediction:at_risk")).content.decode()
    assert "Silence against the own rhythm: 7.7 times" in page
    assert "None stands out" in page


def test_the_profit_of_revenue_is_unknown(people, as_user):
    make_versions(basis="revenue")
    make_costs()
    make_predicted("东方", owner=people.sales_east, versions={"value": 1, "basis": "revenue"})
    row = lists.at_risk(people.owner).get()
    assert row.profit is None


def test_costs_of_a_tier_decide_about_its_customers(firms, people):
    make_costs(retention=2000)
    make_costs(tier=4, retention=100)
    found = {row.customer.name: row.profit for row in lists.at_risk(people.owner)}
    assert found == {"东方": pytest.approx(0.6 * 0.3 * 1100 - 0.4 * 0.2 * 100 - 2)}


@pytest.mark.parametrize(
    ("person", "names"),
    [
        ("owner", {"东方", "西域"}),
        ("manager_east", {"东方"}),
        ("sales_west", {"西域"}),
        ("sales_east2", {"东方"}),
    ],
)
@pytest.mark.parametrize("page", ["at_risk", "cross_sell"])
def test_everybody_sees_the_customers_of_the_own_scope(firms, as_user, people, page, person, names):
    make_costs()
    found = shown(as_user(person), page)
    if person == "sales_east2":
        # What colleagues of a team see of each other is the role's row scope.

        names = set(Customer.objects.visible_to(people.sales_east2).values_list("name", flat=True)) & names
    assert found == names


def test_overdue_begins_with_the_most_valuable_and_says_how_late(firms, as_user):
    answer = as_user("owner").get(reverse("prediction:overdue"))
    rows = answer.context["table"].rows
    assert [row.record.customer.name for row in rows][-1] == "微小"
    assert "45" in rows[0].html
    assert "2.5 times" in rows[0].html


def test_lists_are_filtered_by_tier_owner_and_team(firms, as_user, people):
    client = as_user("owner")
    assert shown(client, "overdue", tier=4) == {"东方"}
    assert shown(client, "overdue", owner=people.sales_west.pk) == {"西域"}
    assert shown(client, "overdue", team=people.east.pk) == {"东方", "微小"}
    assert shown(client, "overdue", tier="x") == set()
    assert shown(client, "overdue", owner="99999999999999999999") == set()


def test_the_sums_count_the_whole_list(firms, as_user):
    make_costs()
    figures = as_user("owner").get(reverse("prediction:at_risk"), {"figures": 1}).context["figures"]
    assert [figure.value for figure in figures] == [2, Decimal(1440), pytest.approx(2 * 188)]


def test_a_product_leads_to_its_customers_with_the_evidence(firms, as_user):
    client = as_user("manager_east")
    page = client.get(reverse("prediction:cross_sell"), {"by": "product"})
    assert [(row["product"].name, row["customers"]) for row in page.context["products"]] == [("龙井茶", 1)]
    assert shown(client, "cross_sell", product=firms["tea"].pk) == {"东方"}
    # What is ticked is a customer, not a recommendation.
    answer = client.get(reverse("prediction:cross_sell"), {"product": firms["tea"].pk})
    assert [row.key for row in answer.context["table"].rows] == [firms["east"].pk]
    assert client.get(reverse("prediction:cross_sell"), {"product": "x"}).status_code == 404


def test_the_products_of_the_whole_company_are_counted_in_an_index(firms, people):
    with CaptureQueriesContext(connection) as caught:
        found = lists.products_offered(people.owner, QueryDict())
    assert [(row["product_id"], row["customers"]) for row in found] == [(firms["tea"].pk, 2)]
    assert lists.products_offered(people.owner, QueryDict("tier=4"))[0]["customers"] <= 2
    text = next(one["sql"] for one in caught if "prediction_recommendation" in one["sql"])
    assert "customers_customer" not in text
    assert "recommendation_product" in plan(text)


def test_overdue_customers_are_found_by_an_index(firms, people):
    rows = lists.overdue(people.owner).order_by("-clv", "customer")
    text = (
        str(rows.values("customer_id").query)
        .replace("= overdue", "= 'overdue'")
        .replace("= lost", "= 'lost'")
    )
    assert "prediction_rhythm" in plan(text)


def plan(text: str) -> str:
    """How the store would read it, were the tables large."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + text)
        return str(cursor.fetchall())


def test_long_lists_are_read_in_pages_without_a_gap(people, as_user):
    make_versions()
    for n in range(60):
        make_predicted(f"客户{n:02d}", owner=people.sales_east, value_at_risk=100 + n % 7)
    client, seen, address = as_user("owner"), [], reverse("prediction:at_risk")
    while address:
        answer = client.get(address)
        seen += [row.key for row in answer.context["table"].rows]
        url = answer.context["next_url"]
        address = reverse("prediction:at_risk") + url if url and answer.context["table"].rows else ""
    assert len(seen) == len(set(seen)) == 60


@pytest.mark.parametrize("page", [*PAGES, "by_product", "audience"])
@pytest.mark.parametrize("person", ["owner", "manager_east"])
def test_a_list_needs_at_most_15_statements(firms, as_user, page, person):
    make_costs()
    client = as_user(person)
    query = {"by_product": {"by": "product"}, "audience": {"product": firms["tea"].pk}}.get(page, {})
    address = reverse(f"prediction:{page if page in PAGES else 'cross_sell'}")
    client.get(address, query)
    with CaptureQueriesContext(connection) as statements:
        assert client.get(address, query).status_code == 200
    assert len(statements) <= 15, [one["sql"][:120] for one in statements]


@pytest.mark.parametrize(
    "query",
    [
        "predicted=at_risk&tier=4",
        "recommended={tea}",
        "clv_min=10&clv_max=2000",
        "churn_min=50",
        "churn_max=70",
        "rhythm=overdue",
        "next_order_from=2020-01-01&next_order_to=2100-01-01",
        "sort=-clv",
        "columns=name&columns=clv&columns=churn&columns=next_order&columns=rhythm&columns=value_at_risk",
    ],
)
def test_the_customer_list_knows_the_predictions_within_15_statements(firms, as_user, query):
    client, address = as_user("owner"), reverse("customers:list") + "?" + query.format(tea=firms["tea"].pk)
    client.get(address)
    with CaptureQueriesContext(connection) as statements:
        answer = client.get(address)
    assert "东方" in answer.content.decode()
    assert len(statements) <= 15


@pytest.mark.parametrize(
    "query", ["churn_min=x", "churn_min=101", "predicted=all", "recommended=x", "rhythm=z"]
)
def test_a_wrong_filter_by_prediction_chooses_nobody(firms, as_user, query):
    answer = as_user("owner").get(f"{reverse('customers:list')}?{query}")
    assert list(answer.context["table"].rows) == []


def test_the_export_of_a_list_holds_its_customers_and_their_figures(firms, as_user):
    make_costs()
    client = as_user("owner")
    page = client.get(reverse("prediction:at_risk"), {"tier": 4})
    answer = client.post(
        reverse("customers:export"), {"query": page.context["export_query"], "format": "csv"}
    )
    head, *lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert "Value at risk" in head
    assert [line.split(",")[0] for line in lines] == ["东方"]
    (row,) = csv.DictReader([head, *lines])
    assert float(row["Expected profit of an offer"]) > 0
    assert 0 < float(row["An offer pays from"]) < 0.6
    assert "120" in row["Reasons of the churn probability"]


def test_the_whole_list_becomes_tasks_with_some_held_out(people, as_user):
    make_versions()
    for n in range(40):
        make_predicted(f"客户{n:02d}", owner=people.sales_east)
    make_predicted("忠诚", owner=people.sales_east, churn_probability=0.05, value_at_risk=60)
    client = as_user("owner")
    query = client.get(reverse("prediction:at_risk")).context["bulk_query"]
    address = f"{reverse('bulk:start')}?{query}&act=task"
    assert client.get(address).context["total"] == 40
    made = client.post(
        address,
        {"title": "Call", "due_on": "2030-01-02", "assignee": "owner", "for_treatment": "on"},
    )
    preview = client.get(made.url)
    assert preview.context["form"].initial["treatment"] is True
    act = BulkAct.objects.get()
    client.post(
        reverse("bulk:confirm", args=[act.pk]), {"treatment": "on", "percent": 50, "purpose": "Retention"}
    )
    from zhike.platform.jobs import run
    from zhike.platform.models import Job

    run(Job.objects.get(kind="bulk.run").pk)
    held = TreatmentMember.objects.filter(held_out=True).count()
    assert BulkTarget.objects.filter(act=act).count() == 40
    assert 0 < held < 40
    assert Task.objects.count() == 40 - held


def test_who_sees_no_analyses_sees_no_list(people, as_user):
    people.sales_east.role.capabilities = ["customers.view"]
    people.sales_east.role.save()
    for page in PAGES:
        assert as_user("sales_east").get(reverse(f"prediction:{page}")).status_code == 403
