"""A simulated company: equal by seed, sound in its references, labeled, and documented."""

from __future__ import annotations

from datetime import date

import duckdb
import phonenumbers
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import zhike.analytics.simulate as package
from zhike.analytics.simulate import Company, Settings, combine, simulate, stream
from zhike.crm.customers.choices import BusinessModel, CustomerType, Size
from zhike.data import industries, regions

UNTIL = date(2026, 11, 21)
KEYS = {
    "customers": "customer_id",
    "contacts": "contact_id",
    "products": "product_id",
    "orders": "order_id",
    "interactions": "interaction_id",
    "complaints": "complaint_id",
}
REFERENCES = (
    ("contacts", "customer_id", "customers", "customer_id"),
    ("customers", "referred_by", "customers", "customer_id"),
    ("customers", "owner_id", "owners", "owner_id"),
    ("orders", "customer_id", "customers", "customer_id"),
    ("orders", "return_of", "orders", "order_id"),
    ("order_lines", "order_id", "orders", "order_id"),
    ("order_lines", "product_id", "products", "product_id"),
    ("products", "category_id", "categories", "category_id"),
    ("interactions", "customer_id", "customers", "customer_id"),
    ("interactions", "contact_id", "contacts", "contact_id"),
    ("complaints", "customer_id", "customers", "customer_id"),
    ("complaints", "order_id", "orders", "order_id"),
    ("campaign_members", "customer_id", "customers", "customer_id"),
    ("campaign_members", "campaign_id", "campaigns", "campaign_id"),
)


def _equal(left: Company, right: Company) -> bool:
    return left.tables == right.tables and left.truth == right.truth and left.facts == right.facts


def _violations(company: Company) -> list[str]:
    """Broken keys, references and sums of a company."""
    with duckdb.connect() as connection:
        for name, table in {**company.tables, "truth": company.truth}.items():
            connection.register(name, table)
        checks = {
            f"{t}.{k} unique": f"select {k} from {t} group by 1 having count(*) > 1" for t, k in KEYS.items()
        }
        for table, column, target, key in REFERENCES:
            checks[f"{table}.{column} known"] = (
                f"select 1 from {table} a left join {target} b on a.{column} = b.{key} "
                f"where a.{column} is not null and b.{key} is null"
            )
        checks |= {
            "order amounts": "select 1 from orders join "
            "(select order_id, sum(amount) s from order_lines group by 1) "
            "using (order_id) where s <> amount",
            "orders with lines": "select 1 from orders anti join order_lines using (order_id)",
            "line amounts": "select 1 from order_lines "
            "where amount <> quantity * unit_price or unit_price <= 0",
            "signs": "select 1 from orders join order_lines using (order_id) "
            "where quantity = 0 or (kind = 'sale') <> (quantity > 0) or sign(cost) <> sign(quantity)",
            "returns": "select 1 from orders r join orders s on r.return_of = s.order_id "
            "where r.customer_id <> s.customer_id or r.placed_at <= s.placed_at or -r.amount > s.amount",
            "created first": "select 1 from orders join customers "
            "using (customer_id) where placed_at < created_at",
            "ids follow time": "select 1 from (select placed_at - lag(placed_at) over (order by order_id) d "
            "from orders where order_id <= 1000) where d < interval 0 second",
            "one truth each": "select 1 from customers anti join truth using (customer_id)",
        }
        return [name for name, query in checks.items() if connection.execute(query).fetchone()]


def test_the_same_seed_gives_the_same_company_and_another_a_different_one() -> None:
    first, again = (simulate(300, seed=5, until=UNTIL) for _ in range(2))
    assert _equal(first, again)
    assert not _equal(first, simulate(300, seed=6, until=UNTIL))


@pytest.mark.parametrize("customers", [1, 2, 300, 2_000])
def test_any_size_is_sound(customers: int) -> None:
    company = simulate(customers, seed=3, until=UNTIL)
    assert company["customers"].num_rows == customers
    assert _violations(company) == []


def test_blocks_of_a_stream_fit_together() -> None:
    settings = Settings(customers=700, seed=2, until=UNTIL, block=300)
    blocks = list(stream(settings))
    assert [block.truth.num_rows for block in blocks] == [300, 300, 100]
    whole = combine(blocks)
    assert whole["products"].num_rows == blocks[0]["products"].num_rows
    assert whole["customers"]["customer_id"].to_pylist() == list(range(1, 701))
    assert _violations(whole) == []
    assert whole.facts["rows"] == {name: table.num_rows for name, table in sorted(whole.tables.items())}


@hypothesis_settings(max_examples=15, deadline=None)
@given(
    customers=st.integers(1, 150),
    seed=st.integers(0, 2**31),
    years=st.floats(0.2, 4.0),
    orders=st.floats(1.2, 30.0),
    once=st.none() | st.floats(0, 1),
    until=st.dates(date(2015, 1, 1), date(2035, 12, 31)),
)
def test_any_settings_give_a_sound_company(
    customers: int, seed: int, years: float, orders: float, once: float | None, until: date
) -> None:
    company = simulate(
        customers, seed=seed, until=until, years=years, orders_per_customer=orders, one_time_share=once
    )
    assert _violations(company) == []
    days = company["orders"]["business_date"].to_pylist()
    assert all(company.settings.start <= day <= until for day in days)


@pytest.mark.parametrize("wrong", [{"customers": 0}, {"years": 0.0}, {"orders_per_customer": 1.0}])
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        Settings(**{"customers": 10, "seed": 1, "until": UNTIL, **wrong})


def test_everything_is_labeled_as_simulated(company: Company) -> None:
    for name in (
        "customers",
        "contacts",
        "products",
        "orders",
        "interactions",
        "complaints",
        "campaign_members",
    ):
        assert set(company[name]["source"].to_pylist()) == {"simulated"}
    mails = company["customers"]["email"].to_pylist() + company["contacts"]["email"].to_pylist()
    assert all(mail.endswith("@example.com") for mail in mails if mail)


def test_phones_are_well_formed_and_belong_to_no_ordinary_subscriber(company: Company) -> None:
    for table in ("customers", "contacts"):
        for phone in company[table]["phone"].to_pylist()[:300]:
            if phone:
                number = phonenumbers.parse(phone, "CN")
                assert phonenumbers.is_valid_number(number)
                assert 17400000000 <= number.national_number <= 17405999999


def test_originals_and_contacts_have_different_phones(company: Company) -> None:
    originals = company["customers"]["phone"].to_pylist()[:5_820]
    phones = [phone for phone in originals + company["contacts"]["phone"].to_pylist() if phone]
    assert len(phones) == len(set(phones))


def test_codes_are_those_that_the_product_knows(company: Company) -> None:
    customers = company["customers"].to_pylist()
    assert all(regions.province(row["province"]) for row in customers)
    assert all(regions.city(row["city"]).province == row["province"] for row in customers if row["city"])
    assert all(industries.industry(row["industry"]) for row in customers if row["kind"] == "company")
    assert {row["size"] for row in customers} == {*Size.values, ""}
    assert {row["customer_type"] for row in customers} <= set(CustomerType.values)
    assert {row["business_model"] for row in customers} <= {*BusinessModel.values, ""}
    assert len({row["province"] for row in customers}) >= 33


def test_the_docstring_names_every_column_of_every_table(company: Company) -> None:
    words = (package.__doc__ or "").replace("?", "").replace(",", " ").split()
    for name, table in {**company.tables, "truth": company.truth}.items():
        assert name in words
        assert [column for column in table.column_names if column not in words] == []
