"""Statistics against a count of the records by plain Python, and against the lists that they open."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from statistics import mean, median
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict

from zhike.crm.customers.models import Customer
from zhike.crm.insight.models import CustomerScore
from zhike.crm.insight.snapshot_queries import snapshot_for
from zhike.crm.orders.models import Order
from zhike.crm.portfolio import queries as portfolio
from zhike.crm.statistics import offer, queries
from zhike.crm.statistics.axes import OTHERS

pytestmark = pytest.mark.django_db


def ask(user, **given: str) -> queries.Cube:
    found = offer.offer(user, snapshot_for(user))
    return queries.cube(found.base, found.choice(given))


def opened_by(url: str, user) -> int:
    """How many customers the list behind an address holds for this person."""
    return portfolio.filtered(user, QueryDict(urlsplit(url).query)).count()


def orders_by_customer(user, days: int | None, today) -> dict[int, list[Order]]:
    found = defaultdict(list)
    for order in Order.objects.filter(customer__in=Customer.objects.visible_to(user)):
        if days is None or order.business_date > today - timedelta(days=days):
            found[order.customer_id].append(order)
    return found


def plain_figures(orders: dict[int, list[Order]], everybody: int, all_customers: int) -> dict[str, object]:
    """Every measure of a group, from its orders."""
    flat = [order for ones in orders.values() for order in ones]
    net = {pk: sum(o.revenue - o.returned for o in ones) for pk, ones in orders.items()}
    known = [o for o in flat if o.cost is not None]
    revenue = sum((o.revenue for o in flat), Decimal())
    total = sum(net.values(), Decimal())
    margin = sum((o.revenue - o.returned - o.cost for o in known), Decimal())
    costed = sum((o.revenue - o.returned for o in known), Decimal())
    return {
        "customers": len(orders),
        "customer_share": len(orders) / all_customers if all_customers else None,
        "active_share": len(orders) / everybody,
        "orders": len(flat),
        "revenue": revenue,
        "net_revenue": total,
        "margin": margin if known else None,
        "margin_rate": margin / costed if costed else None,
        "average": revenue / len(flat) if flat else None,
        "per_customer": total / len(orders) if orders else None,
        "median": median(net.values()) if net else None,
        "returns_rate": (revenue - total) / revenue if revenue else None,
    }


def regions_of(buyers) -> dict[int, str]:
    """The province; who has none because the country is another one lives abroad."""
    rows = Customer.objects.filter(pk__in=buyers).values_list("pk", "province", "country")
    return {pk: province or ("" if country in ("", "中国") else "abroad") for pk, province, country in rows}


def same(found, expected) -> bool:
    if found is None or expected is None:
        return found is expected
    return float(found) == pytest.approx(float(expected), rel=1e-6, abs=1e-3)


def test_every_measure_equals_a_count_of_the_orders(analyzed):
    people = analyzed.people
    for user, period in ((people.owner, ""), (people.owner, "30"), (people.manager_east, "365")):
        orders = orders_by_customer(user, int(period) if period else None, analyzed.today)
        buyers = set(orders_by_customer(user, None, analyzed.today))
        where = regions_of(buyers)
        for code in plain_figures({}, 1, 1):
            if code == "active_share" and not period:
                continue
            cube = ask(user, by="region", measure=code, period=period)
            assert set(cube.by_row) == set(where.values())
            for key, sums in cube.by_row.items():
                inside = {pk for pk, province in where.items() if province == key}
                mine = {pk: ones for pk, ones in orders.items() if pk in inside}
                expected = plain_figures(mine, len(inside), len(orders))[code]
                assert same(cube.value(sums), expected), (code, key)
            total = plain_figures(orders, len(buyers), len(orders))[code]
            assert same(cube.value(cube.total), total), code


def test_two_dimensions_count_every_customer_once(analyzed):
    user = analyzed.people.owner
    where = regions_of(Customer.objects.filter(orders__isnull=False))
    sizes = dict(Customer.objects.values_list("pk", "size"))
    attributes = [(pk, sizes[pk], region) for pk, region in where.items()]
    scores = dict(CustomerScore.objects.values_list("customer_id", "net_revenue"))
    expected: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for pk, size, province in attributes:
        expected[size, province].append(scores[pk])
    counts = ask(user, by="size", **{"with": "region"})
    medians = ask(user, by="size", measure="median", **{"with": "region"})
    assert set(counts.cells) == set(expected)
    for key, values in expected.items():
        assert counts.value(counts.cells[key]) == len(values)
        assert same(medians.value(medians.cells[key]), median(values))
    rows = {
        size: [v for (s, _p), ones in expected.items() if s == size for v in ones] for size, _p in expected
    }
    for size, values in rows.items():
        assert counts.value(counts.by_row[size]) == len(values)
        assert same(medians.value(medians.by_row[size]), median(values))


def test_every_group_of_every_dimension_opens_exactly_its_customers(analyzed):
    opened = 0
    for user, period in ((analyzed.people.owner, ""), (analyzed.people.manager_east, "90")):
        found = offer.offer(user, snapshot_for(user))
        for code, dimension in found.dimensions.items():
            cube = ask(user, by=code, period=period, top="200")
            if not dimension.several:
                assert sum(cube.value(sums) for sums in cube.by_row.values()) == cube.value(cube.total)
            for key, sums in cube.by_row.items():
                url = cube.url(key)
                opened += 1
                assert opened_by(url, user) == cube.value(sums), (code, period, key, url)
            assert opened_by(cube.total_url, user) == cube.value(cube.total), code
    assert opened > 100


PAIRS = (
    ("region", "size"),
    ("tier", "owner"),
    ("net_revenue", "frequency"),
    ("recency_days", "average_order"),
    ("quarter", "tenure_days"),
    ("month", "year"),
    ("industry", "sector"),
)


MERGED = (("region", ""), ("month", "source"), ("industry", ""))


def test_merged_groups_open_exactly_their_customers(analyzed, monkeypatch):
    monkeypatch.setattr("zhike.crm.statistics.choice.TOPS", (2,))
    monkeypatch.setattr(queries, "SHOWN_WHOLE", {"time": 3})
    everybody, manager = analyzed.people.owner, analyzed.people.manager_east
    asked = [(user, *pair) for user in (everybody, manager) for pair in MERGED]
    # A manager's own team has two owners: nothing to merge.
    for user, first, second in [*asked, (everybody, "owner", "size")]:
        cube = ask(user, by=first, top="2", **{"with": second})
        assert OTHERS in cube.shown, first
        for (row, column), sums in cube.cells.items():
            url = cube.url(row, column, both=True)
            assert opened_by(url, user) == cube.value(sums), (first, second, row, column, url)


def test_every_cell_of_two_dimensions_opens_exactly_its_customers(analyzed):
    user = analyzed.people.owner
    for first, second in PAIRS:
        cube = ask(user, by=first, top="200", period="365", **{"with": second})
        assert cube.cells
        for (row, column), sums in cube.cells.items():
            url = cube.url(row, column, both=True)
            assert opened_by(url, user) == cube.value(sums), (row, column, url)


def test_what_is_beyond_the_limit_is_merged_and_nothing_is_lost(analyzed):
    user = analyzed.people.owner
    cube = ask(user, by="month", measure="net_revenue", **{"with": "region"})
    assert len(cube.across) <= 8
    whole = ask(user, by="owner", measure="net_revenue", top="10")
    assert cube.value(cube.total) == whole.value(whole.total)
    few = queries.cube(cube.base, offer.offer(user, cube.base).choice({"by": "quarter", "sort": "value"}))
    assert sum(few.value(few.by_row.get(key)) for key in few.shown) == few.value(few.total)


def test_numbers_of_customers_are_averaged_halved_and_told_apart(analyzed):
    user = analyzed.people.owner
    rows = CustomerScore.objects.filter(frequency__gt=0).select_related("customer")
    groups = defaultdict(list)
    for row in rows:
        groups[row.customer.size].append(row)
    expected = {
        "frequency_mean": lambda ones: round(mean(row.frequency for row in ones), 2),
        "frequency_median": lambda ones: median(row.frequency for row in ones),
        "recency_days_median": lambda ones: median((analyzed.today - row.last_order).days for row in ones),
        "region_different": lambda ones: len({row.customer.province for row in ones} - {""}),
        "owner_different": lambda ones: len({row.customer.owner_id for row in ones} - {None}),
    }
    for code, count in expected.items():
        cube = ask(user, by="size", measure=code)
        for size, ones in groups.items():
            assert same(cube.value(cube.by_row[size]), count(ones)), (code, size)
        assert same(cube.value(cube.total), count(list(rows))), code


def test_merged_groups_have_their_own_median(analyzed, monkeypatch):
    monkeypatch.setattr("zhike.crm.statistics.choice.TOPS", (1,))
    monkeypatch.setattr("zhike.crm.statistics.choice.COLUMNS", 1)
    user = analyzed.people.owner
    cube = ask(user, by="size", measure="median", top="1", **{"with": "source"})
    rows = CustomerScore.objects.filter(frequency__gt=0).select_related("customer")
    cells = defaultdict(list)
    for row in rows:
        size = row.customer.size if row.customer.size in cube.shown else OTHERS
        source = row.customer.source if row.customer.source in cube.across else OTHERS
        for key in ((size, source), (size, None), (None, source)):
            cells[key].append(row.net_revenue)
    assert {OTHERS} < set(cube.shown)
    for (size, source), values in cells.items():
        found = cube.by_row[size] if source is None else cube.by_column.get(source)
        found = cube.cells[size, source] if size is not None and source is not None else found
        assert same(cube.value(found), median(values)), (size, source)


def test_a_period_is_compared_with_the_one_before_and_with_the_same_days_last_year(analyzed):
    sizes = dict(Customer.objects.values_list("pk", "size"))
    for user, period, compare, last in (
        (analyzed.people.owner, 90, "previous", analyzed.today - timedelta(days=90)),
        (analyzed.people.owner, 90, "year", days_of_last_year(analyzed.today)),
        (analyzed.people.manager_east, 365, "year", analyzed.today - timedelta(days=365)),
    ):
        first = last - timedelta(days=period)
        found = defaultdict(lambda: defaultdict(list))
        for order in Order.objects.filter(customer__in=Customer.objects.visible_to(user)):
            if first < order.business_date <= last:
                found[sizes[order.customer_id]][order.customer_id].append(order.revenue - order.returned)
        for code in ("customers", "net_revenue", "median"):
            cube = ask(user, by="size", measure=code, period=str(period), compare=compare)
            for size in cube.shown:
                nets = [sum(ones) for ones in found[size].values()]
                expected = {"customers": len(nets), "net_revenue": sum(nets)}
                expected["median"] = median(nets) if nets else None
                assert same(cube.value_before(size), expected[code]), (code, compare, size)
                assert opened_by(cube.url_before(size), user) == len(nets), (compare, size)


def days_of_last_year(day):
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)


def test_a_person_counts_nobody_elses_customers(analyzed):
    people = analyzed.people
    for role, expected in (("owner", 80), ("manager_east", 40), ("sales_east", 20), ("sales_west", 20)):
        cube = ask(getattr(people, role), by="owner")
        assert cube.value(cube.total) == expected
    west = ask(people.sales_west, by="owner")
    assert set(west.by_row) == {people.sales_west.pk}
