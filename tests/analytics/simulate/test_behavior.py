"""What happens in the company looks like business, and the truth agrees with it."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pytest

from zhike.analytics.calendars import spring_festival
from zhike.analytics.simulate import Company, simulate

UNTIL = date(2026, 11, 21)
TOP_20 = """with spend as (select customer_id, sum(amount) s from orders where kind = 'sale'
and status = 'confirmed' group by 1),
ranked as (select s, row_number() over (order by s desc) r, count(*) over () n from spend)
select sum(s) filter (r <= ceil(0.2 * n)) / sum(s) from ranked"""


def _one(sql: duckdb.DuckDBPyConnection, query: str, *values: object) -> float:
    row = sql.execute(query, list(values)).fetchone()
    assert row is not None
    return float(row[0])


@pytest.mark.parametrize(("customers", "seed"), [(300, 1), (300, 2), (2_000, 3), (20_000, 4)])
def test_a_fifth_of_the_customers_brings_seven_to_eight_tenths_of_the_revenue(
    customers: int, seed: int
) -> None:
    orders = simulate(customers, seed=seed, until=UNTIL)["orders"]
    with duckdb.connect() as connection:
        connection.register("orders", orders)
        share = _one(connection, TOP_20)
    assert 0.68 < share < 0.82


def test_the_number_of_orders_is_the_wished_one(company: Company, sql: duckdb.DuckDBPyConnection) -> None:
    mean = _one(sql, "select count(*) / count(distinct customer_id) from sales")
    assert mean == pytest.approx(company.settings.orders_per_customer, rel=0.08)


def test_double_eleven_and_618_stand_out_and_the_spring_festival_is_quiet(
    sql: duckdb.DuckDBPyConnection,
) -> None:
    daily = dict(sql.execute("select business_date, count(*) from sales group by 1").fetchall())
    usual = float(np.median(list(daily.values())))
    for year in (2024, 2025, 2026):
        festival = spring_festival(year).toordinal()
        quiet = [daily.get(date.fromordinal(festival + n), 0) for n in range(-2, 8)]
        assert np.mean(quiet) < 0.4 * usual
        assert daily[date(year, 11, 11)] > 2.0 * usual
        assert daily[date(year, 6, 18)] > 1.4 * usual


def test_nobody_orders_after_leaving_or_before_the_first_order(sql: duckdb.DuckDBPyConnection) -> None:
    late = _one(
        sql, "select count(*) from sales join truth using (customer_id) where business_date > left_on"
    )
    early = _one(
        sql, "select count(*) from sales join truth using (customer_id) where business_date < first_order_on"
    )
    never = _one(sql, "select count(*) from sales join truth using (customer_id) where not buys")
    assert (late, early, never) == (0, 0, 0)


def test_causes_belong_to_those_who_left_and_only_to_them(
    company: Company, sql: duckdb.DuckDBPyConnection
) -> None:
    wrong = _one(sql, "select count(*) from truth where (cause <> '') <> (left_on is not null)")
    alive = _one(sql, "select count(*) from truth where alive <> (buys and left_on is null)")
    assert (wrong, alive) == (0, 0)
    counts = sql.execute(
        "select cause, count(*) from truth where cause <> '' and duplicate_of is null group by 1"
    )
    assert dict(counts.fetchall()) == company.facts["causes"]


def test_repeat_orders_follow_the_closed_form_of_bg_nbd(sql: duckdb.DuckDBPyConnection) -> None:
    """E[repeats in time t] = (1-p)/p (1 - exp(-r p t)), r the rate, p the dropout; campaigns add little."""
    rows = sql.execute(
        """select t.rate / 365.25, t.dropout, date '2026-11-21' - t.first_order_on, count(s.order_id) - 1
           from truth t join sales s using (customer_id)
           where t.response = 'indifferent' group by t.customer_id, 1, 2, 3"""
    ).fetchall()
    rate, leave, time, repeats = np.array(rows, dtype=float).T
    expected = (1 - leave) / leave * -np.expm1(-rate * leave * time)
    assert repeats.sum() == pytest.approx(expected.sum(), rel=0.06)


def test_alive_customers_are_the_recent_ones(sql: duckdb.DuckDBPyConnection) -> None:
    query = """select avg(silent) from (select t.alive, date '2026-11-21' - max(business_date) as silent
    from sales join truth t using (customer_id) group by t.customer_id, t.alive) where alive = ?"""
    assert _one(sql, query, True) < 0.5 * _one(sql, query, False)


def test_who_leaves_for_service_has_complained_far_more_often(sql: duckdb.DuckDBPyConnection) -> None:
    query = """select avg((customer_id in (select coalesce(duplicate_of, customer_id)
    from complaints join truth using (customer_id)))::int) from truth where duplicate_of is null and """
    service = _one(sql, query + "cause = 'service'")
    assert service > 0.6
    assert service > 4 * _one(sql, query + "cause = 'closed'")
    assert service > 4 * _one(sql, query + "alive")


def test_deliveries_are_late_before_those_leave_who_leave_for_it(sql: duckdb.DuckDBPyConnection) -> None:
    query = """select avg((delivered_on > promised_on)::int) from sales join truth using (customer_id)
    where delivered_on is not null and """
    assert _one(sql, query + "cause = 'delivery' and left_on - business_date <= 60") > 0.4
    assert _one(sql, query + "alive") < 0.12


def test_campaigns_move_the_persuadable_and_nobody_else(sql: duckdb.DuckDBPyConnection) -> None:
    query = """select avg(responded::int) filter (arm = 'treatment')
    - avg(responded::int) filter (arm = 'control') from campaign_members
    join truth using (customer_id) where response = ?"""
    assert _one(sql, query, "persuadable") > 0.1
    assert _one(sql, query, "sleeping_dog") < -0.02
    assert abs(_one(sql, query, "indifferent")) < 0.04
    assert _one(sql, "select avg((arm = 'control')::int) from campaign_members") == pytest.approx(
        0.15, abs=0.02
    )
    assert (
        _one(sql, "select count(*) from campaign_members where arm = 'control' and (opened or clicked)") == 0
    )


def test_a_share_of_the_records_repeats_another_customer(sql: duckdb.DuckDBPyConnection) -> None:
    assert _one(sql, "select count(*) from truth where duplicate_of is not null") == 180
    digits = (
        "right(regexp_replace(translate({}, '０１２３４５６７８９', '0123456789'), '[^0-9]', '', 'g'), 11)"
    )
    differing = _one(
        sql,
        f"""select count(*) from truth t join customers a using (customer_id)
        join customers b on b.customer_id = t.duplicate_of
        where {digits.format("a.phone")} <> {digits.format("b.phone")} or a.kind <> b.kind""",
    )
    assert differing == 0
    assert (
        _one(sql, "select count(*) from orders join truth using (customer_id) where duplicate_of is not null")
        > 50
    )
    changed = """select avg((a.name <> b.name)::int) from truth t join customers a using (customer_id)
    join customers b on b.customer_id = t.duplicate_of where a.kind = 'company'"""
    assert _one(sql, changed) > 0.8


def test_teams_follow_the_region_and_diligent_owners_keep_in_touch(sql: duckdb.DuckDBPyConnection) -> None:
    assert (
        _one(sql, "select max(n) from (select count(distinct team_id) n from customers group by province)")
        == 1
    )
    assert _one(sql, "select count(*) from customers where owner_id // 5 <> team_id") == 0
    contacts = """select corr(diligence, n) from (select o.owner_id, any_value(diligence) diligence,
    count(i.interaction_id) / count(distinct c.customer_id) n from owners o join customers c using (owner_id)
    left join interactions i on i.customer_id = c.customer_id and i.direction = 'out' group by 1)"""
    assert _one(sql, contacts) > 0.7


def test_some_of_the_best_customers_have_no_owner(sql: duckdb.DuckDBPyConnection) -> None:
    query = """select count(*) from (select c.owner_id from sales s join customers c using (customer_id)
    group by c.customer_id, c.owner_id order by sum(s.amount) desc limit 12) where owner_id is null"""
    assert _one(sql, query) >= 2
    assert 0.03 < _one(sql, "select avg((owner_id is null)::int) from customers") < 0.1


def test_the_last_contact_is_the_latest_interaction_or_complaint(sql: duckdb.DuckDBPyConnection) -> None:
    wrong = """with touched as (select customer_id, "at" as moment from interactions
    union all select coalesce(duplicate_of, customer_id), "at" from complaints join truth using (customer_id))
    select count(*) from customers left join
    (select customer_id, max(moment) as latest from touched group by 1) using (customer_id)
    where latest is distinct from last_contact_at"""
    assert _one(sql, wrong) == 0


def test_complements_are_bought_together(company: Company, sql: duckdb.DuckDBPyConnection) -> None:
    pairs = company.facts["complements"]
    assert isinstance(pairs, list)
    lift = """with l as (select order_id, sku from order_lines join products using (product_id)),
    n as (select count(distinct order_id) n from l)
    select (select count(distinct a.order_id) from l a join l b using (order_id)
    where a.sku = $1 and b.sku = $2)
    * (select n from n) / greatest(1, (select count(distinct order_id) from l where sku = $1)
    * (select count(distinct order_id) from l where sku = $2))"""
    assert np.median([_one(sql, lift, left, right) for left, right in pairs]) > 5


def test_costs_are_mostly_known_and_margins_plausible(sql: duckdb.DuckDBPyConnection) -> None:
    assert 0.02 < _one(sql, "select avg((cost is null)::int) from order_lines") < 0.15
    assert (
        0.1 < _one(sql, "select sum(amount - cost) / sum(amount) from order_lines where quantity > 0") < 0.4
    )


def test_a_company_of_one_time_buyers_can_be_asked_for() -> None:
    company = simulate(300, seed=9, until=UNTIL, years=1.5, one_time_share=0.6)
    with duckdb.connect() as connection:
        connection.register("orders", company["orders"])
        connection.register("truth", company.truth)
        share = _one(
            connection,
            """select avg((n = 1)::int) from (select count(*) n from orders join truth using (customer_id)
            where kind = 'sale' and status = 'confirmed' and campaign_orders = 0
            group by coalesce(duplicate_of, customer_id))""",
        )
    assert share == pytest.approx(0.6, abs=0.06)
