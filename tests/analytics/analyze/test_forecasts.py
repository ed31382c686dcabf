"""The columns about the future: filled where there is enough to learn from, empty with a reason elsewhere."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from analytics.analyze.test_analyze import orders
from analytics.analyze.test_report import Page
from zhike.analytics.analyze import AnalyzeError, analyze
from zhike.analytics.analyze.command import _settings
from zhike.analytics.analyze.model_settings import ModelSettings
from zhike.analytics.problems import SettingsError
from zhike.analytics.simulate import simulate

# The engine filters the last one itself, which pytest undoes.
pytestmark = [
    pytest.mark.filterwarnings("error"),
    pytest.mark.filterwarnings("ignore:Arrow output on a DB-API result"),
]
VALUE = ("p_active", "expected_orders", "clv", "clv_low", "clv_high")
CHURN = ("churn_probability", "churn_reason", "value_at_risk")
NEXT = ("next_order_expected", "recommended_products")
HEADER = "单据编号,客户编号,下单日期,商品编码,商品名称,数量,单价,成本金额\n"


def company_file(path: Path, customers: int = 700) -> Path:
    """Order lines of a simulated company, with products and the costs that are known."""
    company = simulate(customers, seed=5, until=dt.date(2026, 6, 30), years=2.0, orders_per_customer=6)
    kept = {row["order_id"]: row for row in company["orders"].to_pylist() if row["status"] == "confirmed"}
    goods = {row["product_id"]: row for row in company["products"].to_pylist()}
    rows = []
    for line in company["order_lines"].to_pylist():
        order, product = kept.get(line["order_id"]), goods[line["product_id"]]
        if order:
            cost = "" if line["cost"] is None else abs(line["cost"])
            rows.append(
                f"{order['number']},{order['customer_id']},{order['business_date']},{product['sku']},"
                f"{product['name']},{line['quantity']},{line['unit_price']},{cost}\n"
            )
    return orders(path, "".join(rows), HEADER)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    summary = analyze(company_file(folder / "orders.csv"), folder / "zh")
    return folder, summary, pq.read_table(folder / "zh/customers.parquet")


def test_every_column_is_filled_and_within_its_range(company):
    _, summary, table = company
    number = {name: np.array([float(v) for v in table[name].to_pylist()]) for name in VALUE}
    assert np.all((number["p_active"] >= 0) & (number["p_active"] <= 1))
    assert np.all((number["clv_low"] <= number["clv"] + 0.01) | (number["clv"] == 0))
    assert np.all((number["clv_low"] <= number["clv_high"]) & (number["clv"] >= 0))
    known = [p for p in table["churn_probability"].to_pylist() if p is not None]
    assert len(known) > 300
    assert all(0 <= p <= 1 for p in known)
    expected = [day for day in table["next_order_expected"].to_pylist() if day is not None]
    assert min(expected) > summary.as_of
    assert table["recommended_products"].null_count < table.num_rows / 10


def test_churn_is_explained_where_it_is_known_and_risks_no_more_than_is_there(company):
    _, _, table = company
    rows = table.select(["churn_probability", "churn_reason", "value_at_risk"]).to_pylist()
    for row in rows:
        assert (row["churn_probability"] is None) == (row["value_at_risk"] is None)
        if row["churn_probability"] is None:
            assert row["churn_reason"] is None
        else:
            assert row["value_at_risk"] >= 0
    assert sum(row["churn_reason"] is not None for row in rows) > 200


def test_the_model_cards_tell_version_parameters_likelihood_validation_and_guards(company):
    folder, summary, _table = company
    models = json.loads((folder / "zh/summary.json").read_text(encoding="utf-8"))["models"]
    assert set(models) == {"segments", "value", "spend", "churn", "rhythm", "recommendation"}
    for name, card in models.items():
        assert set(card) == {"version", "params", "loglik", "validation", "guards"}, name
        assert re.fullmatch("[0-9a-f]{12}", card["version"]), name
        assert all(guard["code"] and guard["text"] for guard in card["guards"])
    value = models["value"]
    assert value["params"]["model"] in ("mbg_nbd", "bg_nbd", "pareto_nbd")
    assert value["params"]["basis"] == "margin"
    assert (value["params"]["horizon_months"], value["params"]["discount_per_year"]) == (12, 0.1)
    assert value["loglik"] < 0
    assert 0.8 < value["validation"]["holdout"]["coverage"] <= 1
    assert models["spend"]["params"]["p"] > 0
    assert models["churn"]["validation"]["auc"] > 0.6
    scores = models["recommendation"]["validation"]["scores"]
    assert scores["rebuy all"]["recall"] > scores["popular all"]["recall"]
    assert summary.models["value"]["version"] == value["version"]


def test_recommended_products_are_codes_of_the_file_and_at_most_five(company):
    _, _, table = company
    for text in table["recommended_products"].drop_null().to_pylist():
        codes = text.split("; ")
        assert 1 <= len(codes) <= 5
        assert len(set(codes)) == len(codes)
        assert all(re.fullmatch(r"[A-H]\d{4}", code) for code in codes)


def test_settings_change_horizon_discount_margin_and_the_number_of_offers(company, tmp_path):
    folder, _, table = company
    wanted = ModelSettings.from_dict(
        {"value": {"horizon_months": 24, "discount": 0.0, "margin": 0.5}, "recommendation": {"limit": 2}}
    )
    summary = analyze(folder / "orders.csv", tmp_path / "o", models=wanted)
    found = pq.read_table(tmp_path / "o/customers.parquet")
    params = summary.models["value"]["params"]
    assert (params["horizon_months"], params["discount_per_year"], params["contribution"]) == (24, 0.0, 0.5)
    assert sum(found["expected_orders"].to_pylist()) > sum(table["expected_orders"].to_pylist())
    assert max(len(t.split("; ")) for t in found["recommended_products"].drop_null().to_pylist()) == 2


def test_the_page_has_its_sections_in_both_languages(company, tmp_path):
    folder, _, _ = company
    zh = (folder / "zh/report.html").read_text(encoding="utf-8")
    analyze(folder / "orders.csv", tmp_path / "en", lang="en")
    en = (tmp_path / "en/report.html").read_text(encoding="utf-8")
    for page, titles in (
        (zh, ("客户未来价值", "流失风险与风险价值", "客户下次下单", "推荐商品", "用过去检验：累计复购")),
        (en, ("What customers will be worth", "Who may leave", "When customers order next", "What to offer")),
    ):
        Page(page)
        assert not [title for title in titles if title not in page]
        assert "<polyline" in page
        assert not re.search(r"\bnan\b|\binf\b|None", page)


def test_two_runs_give_the_same_forecasts(company, tmp_path):
    folder, _, _ = company
    analyze(folder / "orders.csv", tmp_path / "again")
    for name in ("customers.csv", "summary.json", "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / "zh" / name).read_bytes()


DAY = dt.date(2026, 1, 1)
HARD = {
    "one customer": [(1, "A", 0, 10)],
    "one customer who returns what was bought": [(1, "A", 0, 10), (2, "A", 9, -10)],
    "one day": [(n, f"K{n}", 0, 10) for n in range(60)],
    "no repeat buyer": [(n, f"K{n}", n, 10 + n) for n in range(300)],
    "few repeat buyers": [(n, f"K{n % 95}", n * 5, 10) for n in range(100)],
    "everybody daily": [(n * 50 + k, f"K{k}", n, 7) for n in range(70) for k in range(50)],
    "one amount in cents": [(n, f"K{n % 40}", n * 3, 0.01) for n in range(200)],
    "loss": [(n, f"K{n % 40}", n * 3, 5 if n % 2 else -50) for n in range(200)],
}


@pytest.mark.parametrize("name", list(HARD))
@pytest.mark.parametrize("product", [True, False], ids=["products", "no products"])
def test_hard_files_get_values_or_a_reason_for_their_absence(name, product, tmp_path):
    header = "单据编号,客户编号,下单日期,金额" + (",商品编码\n" if product else "\n")
    rows = "".join(
        f"{number},{who},{DAY + dt.timedelta(days=day)},{amount}" + (f",P{number % 7}\n" if product else "\n")
        for number, who, day, amount in HARD[name]
    )
    summary = analyze(orders(tmp_path / "a.csv", rows, header), tmp_path / "o")
    table = pq.read_table(tmp_path / "o/customers.parquet")
    page = (tmp_path / "o/report.html").read_text(encoding="utf-8")
    Page(page)
    for column in VALUE:
        values = table[column].to_pylist()
        assert all(v is None for v in values) or all(v is not None and np.isfinite(float(v)) for v in values)
    if table["clv"].null_count:
        guards = summary.models["value"]["guards"]
        assert guards
        assert summary.models["value"]["version"] == ""
        assert guards[0]["text"] in page
    if table["churn_probability"].null_count == table.num_rows:
        assert summary.models["churn"]["guards"]
    if not product:
        assert table["recommended_products"].null_count == table.num_rows
        assert summary.models["recommendation"]["guards"][0]["code"] == "recommendation_no_products"


def test_who_returns_more_than_is_bought_is_worth_nothing(tmp_path):
    rows = "".join(f"{n},K{n % 50},{DAY + dt.timedelta(days=n)},{10 if n % 4 else -60}\n" for n in range(600))
    path = orders(tmp_path / "a.csv", rows, "单据编号,客户编号,下单日期,金额\n")
    summary = analyze(path, tmp_path / "o")
    table = pq.read_table(tmp_path / "o/customers.parquet")
    for row in table.to_pylist():
        assert (row["clv"] == Decimal(0)) == (row["net_revenue"] <= 0)
    assert "value_no_margin" in {guard["code"] for guard in summary.models["spend"]["guards"]}


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[value]\ndiscount = 3.0\n", "value.discount"),
        ("[value]\nhorizont = 3\n", "value.horizont"),
        ("[value]\nbasis = 'gross'\n", "value.basis"),
        ("[churn]\nhorizon_days = 1\n", "churn.horizon_days"),
        ("[recommendation]\nlimit = 0\n", "recommendation.limit"),
    ],
)
def test_mistakes_in_the_model_settings_are_named_by_field(text, field, tmp_path):
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    with pytest.raises(AnalyzeError) as error:
        _settings(tmp_path / "a.toml", "en")
    assert field in error.value.text("en")


def test_settings_from_python_are_checked_too(tmp_path):
    with pytest.raises(SettingsError, match="horizon_months"):
        analyze(
            tmp_path / "a.csv",
            tmp_path / "o",
            models=ModelSettings.from_dict({"value": {"horizon_months": 0}}),
        )


@pytest.mark.parametrize(
    "header",
    [
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
    ],
    ids=["2010-2011", "2009-2011"],
)
def test_both_years_headers_of_online_retail_give_products_and_dates(header, tmp_path):
    rows = "".join(
        f"{536365 + n},{20000 + n % 5}{'A' if n % 2 else ''},CUP {n % 5},{1 + n % 3},"
        f"{DAY + dt.timedelta(days=3 * n)} 08:26:00,2.55,{17850 + n % 20}.0,United Kingdom\n"
        for n in range(100)
    )
    path = orders(
        tmp_path / "a.csv",
        rows + f"C536999,20001A,CUP 1,-1,{DAY} 09:00:00,2.55,17851.0,France\n",
        header + "\n",
    )
    summary = analyze(path, tmp_path / "o", lang="en")
    table = pq.read_table(tmp_path / "o/customers.parquet")
    assert (summary.customers, summary.returns) == (20, Decimal("2.55"))
    assert table["recommended_products"].null_count == 0
    assert table["next_order_expected"].null_count == 0
    assert summary.models["value"]["guards"][0]["code"] == "value_few_customers"
