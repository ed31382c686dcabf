"""The table of purchase days, and what customers are worth."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.analytics.clv import (
    CustomerValue,
    DataError,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    RFMTable,
    SeasonalClock,
)
from zhike.analytics.clv.horizons import end_of
from zhike.analytics.clv.seasonal import learn_clock

START = date(2023, 1, 1)
events = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 400), st.integers(-5, 50)), min_size=1, max_size=60
).filter(lambda rows: any(amount > 0 for _, _, amount in rows))


def _columns(rows):
    return {
        "customer_id": [customer for customer, _, _ in rows],
        "date": [START + timedelta(days=day) for _, day, _ in rows],
        "amount": [float(amount) for _, _, amount in rows],
    }


def _table(rows, until=START + timedelta(days=400)):
    return RFMTable.from_events(_columns(rows), amount="amount", until=until)


def _as_dict(table):
    figures = {name: np.round(table[name], 6).tolist() for name in table if name != "customer_id"}
    return figures | {"customer_id": table["customer_id"].to_pylist()}


@settings(deadline=None)
@given(events)
def test_the_table_counts_distinct_purchase_days(rows):
    table = _table(rows)
    for place, customer in enumerate(table["customer_id"].to_pylist()):
        days = sorted({day for who, day, amount in rows if who == customer and amount > 0})
        assert table["x"][place] == len(days) - 1
        assert table["t_x"][place] == days[-1] - days[0]
        assert table["T"][place] == 400 - days[0]


@settings(deadline=None)
@given(events, st.integers(0, 400))
def test_calibration_and_holdout_spend_are_the_whole(rows, border):
    table = _table(rows)
    if border < min(day for _, day, amount in rows if amount > 0):
        return
    split = table.split(START + timedelta(days=border))
    whole = split.calibration["spend"].sum() + split.spend.sum() + split.spend_of_new
    assert whole == pytest.approx(table["spend"].sum())


@settings(deadline=None)
@given(events, events)
def test_adding_events_later_equals_having_them_from_the_start(first, second):
    until = START + timedelta(days=400)
    grown = _table(first).update(_columns(second), amount="amount", until=until)
    assert _as_dict(grown) == _as_dict(_table(first + second))


def test_text_dates_and_times_of_any_zone_give_one_table():
    shanghai = timezone(timedelta(hours=8))
    forms = [
        ["2024-02-01", "2024-03-05"],
        [date(2024, 2, 1), date(2024, 3, 5)],
        [datetime(2024, 2, 1, 23, 30), datetime(2024, 3, 5, 0, 10)],
        pa.array([datetime(2024, 2, 1, 15, 30, tzinfo=UTC), datetime(2024, 3, 4, 16, 10, tzinfo=UTC)],
                 pa.timestamp("us", "Asia/Shanghai")),
        [datetime(2024, 2, 1, 9, tzinfo=shanghai).date(), date(2024, 3, 5)],
    ]  # fmt: skip
    tables = [RFMTable.from_events({"customer_id": ["a", "a"], "date": form}) for form in forms]
    assert all(_as_dict(table) == _as_dict(tables[0]) for table in tables)


def test_unreadable_dates_are_refused_by_column():
    with pytest.raises(DataError, match="'date' holds no dates"):
        RFMTable.from_events({"customer_id": ["a"], "date": ["tomorrow"]})


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("90 days", date(2024, 4, 30)), ("1 month", date(2024, 2, 29)), ("12 months", date(2025, 1, 31)),
        ("2 quarters", date(2024, 7, 31)), (date(2024, 3, 1), date(2024, 3, 1)), (timedelta(days=1), date(2024, 2, 1)),
    ],
)  # fmt: skip
def test_horizons_are_dates_or_durations(words, end):
    assert end_of(words, date(2024, 1, 31)) == end


@pytest.mark.parametrize("bare", [12, "12", "soon", date(2020, 1, 1)])
def test_a_bare_number_is_no_horizon(bare):
    with pytest.raises(DataError, match="horizon"):
        end_of(bare, date(2024, 1, 31))


def _company(model, spend=(6.0, 3.7, 15.0), customers=6000, days=730, ahead=365, seed=1):
    """Purchases of ``days`` and of the year after them, from known parameters."""
    random = np.random.default_rng(seed)
    p = model.params_
    rate = random.gamma(p["r"], 1 / p["alpha"], customers)
    if isinstance(model, ParetoNBD):
        life, drop = (
            random.exponential(1 / random.gamma(p["s"], 1 / p["beta"], customers)),
            np.zeros(customers),
        )
    else:
        life, drop = np.full(customers, np.inf), random.beta(p["a"], p["b"], customers)
    size = random.gamma(spend[1], 1 / spend[2], customers)
    rows = []
    for customer in range(customers):
        first, age = random.integers(0, 500), 0.0
        while True:
            rows.append((customer, int(first + age), random.gamma(spend[0], 1 / size[customer])))
            age += random.exponential(1 / max(rate[customer], 1e-9))
            if random.random() < drop[customer] or age > min(life[customer], days + ahead - first - 1):
                break
    customer, day, amount = zip(*rows, strict=True)
    dates = (np.array(day) + np.datetime64(START)).astype("datetime64[D]")
    table = RFMTable.from_events({"customer_id": customer, "date": dates, "amount": amount}, amount="amount")
    return table.split(START + timedelta(days=days - 1), START + timedelta(days=days - 1 + ahead))


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("mbg_nbd", ModifiedBetaGeoNBD.from_params(r=0.6, alpha=60, a=0.8, b=2.5)),
        ("pareto_nbd", ParetoNBD.from_params(r=0.6, alpha=60, s=0.6, beta=300)),
    ],
)
def test_the_true_model_is_chosen_and_its_interval_covers_what_customers_then_spend(name, truth):
    split = _company(truth)
    value = CustomerValue(discount=0.0, horizon=timedelta(days=365)).fit(split.calibration)
    found = value.predict(split.calibration)
    clv, low, high = (found[name].to_numpy() for name in ("clv", "clv_low", "clv_high"))
    assert value.choice_.name == name
    assert abs(clv.sum() / split.spend.sum() - 1) < 0.1
    assert 0.85 <= np.mean((split.spend >= low - 1e-9) & (split.spend <= high + 1e-9)) <= 0.95
    assert np.all((low <= high) & (clv >= 0) & np.isfinite(high))


@pytest.fixture(scope="module")
def company():
    return _company(ModifiedBetaGeoNBD.from_params(r=0.6, alpha=60, a=0.8, b=2.5), customers=1500).calibration


def test_a_later_euro_is_worth_less_the_higher_the_discount(company):
    values = [
        CustomerValue("mbg_nbd", discount=rate).fit(company).predict(company)["clv"].to_numpy().sum()
        for rate in (0.001, 0.06, 0.99)
    ]
    assert values[0] > values[1] > values[2] > 0


def test_value_without_discount_is_orders_times_spend_times_margin(company):
    found = CustomerValue("mbg_nbd", discount=0.0, margin=0.3).fit(company).predict(company)
    product = found["expected_orders"].to_numpy() * found["expected_spend"].to_numpy() * 0.3
    assert found["clv"].to_numpy() == pytest.approx(product)


def test_the_order_of_customers_does_not_matter(company):
    mixed = company.days.take(np.random.default_rng(4).permutation(company.days.num_rows))
    mixed = RFMTable.from_events(
        mixed.set_column(1, "day", mixed["day"].cast(pa.date32())),
        when="day",
        amount="amount",
        until=company.until,
    )
    value = CustomerValue("pareto_nbd").fit(company)
    assert value.predict(mixed).equals(value.predict(company))


def test_too_few_purchases_keep_the_default_model_and_say_so():
    rows = [(customer, customer % 300, 10) for customer in range(80)]
    value = CustomerValue().fit(_table(rows))
    assert value.choice_.name == "mbg_nbd"
    assert any("too few purchases" in warning for warning in value.warnings_)
    assert np.all(np.isfinite(value.predict(_table(rows))["clv"].to_numpy()))


def _seasonal_rows(seed=5, customers=4000):
    """Purchases thinned so that November and December see three times as many."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        day = float(random.integers(0, 300))
        rows.append((customer, int(day), 1.0))
        rate = random.gamma(1.0, 1 / 15)
        while (day := day + random.exponential(1 / max(rate, 1e-6))) < 1430:
            month = (START + timedelta(days=int(day))).month
            if random.random() < (0.9 if month >= 11 else 0.3):
                rows.append((customer, int(day), 1.0))
    return rows


def test_a_season_seen_twice_is_learned_and_removes_the_bias():
    table = _table(_seasonal_rows(), until=START + timedelta(days=1430))
    split = table.split(date(2026, 9, 30), date(2026, 11, 30))
    clock = learn_clock(split.calibration, ModifiedBetaGeoNBD())
    assert clock.factors[10:].mean() / clock.factors[:10].mean() == pytest.approx(3, rel=0.1)
    biases = []
    for own in (SeasonalClock.flat(), clock):
        columns = own.columns(split.calibration)
        ahead = own.elapsed(np.array([20726]), np.array([20787]))[0]
        biases.append(
            ModifiedBetaGeoNBD().fit(columns).predict(columns, ahead).sum() / split.purchases.sum() - 1
        )
    assert abs(biases[1]) < 0.05 < abs(biases[0])


def test_a_season_seen_once_is_no_season():
    table = _table([row for row in _seasonal_rows(customers=600) if row[1] < 400])
    assert learn_clock(table, ModifiedBetaGeoNBD()).is_flat


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0.2, 3), min_size=12, max_size=12),
    st.integers(0, 900),
    st.integers(0, 900),
    st.integers(0, 900),
)
def test_operational_time_adds_up(factors, a, b, c):
    clock = SeasonalClock(np.array(factors))
    first, second, third = sorted((19000 + a, 19000 + b, 19000 + c))
    whole = clock.elapsed(np.array([first]), np.array([third]))
    parts = clock.elapsed(np.array([first]), np.array([second])) + clock.elapsed(
        np.array([second]), np.array([third])
    )
    assert whole == pytest.approx(parts)
