"""`analyze`: orders in, figures out; published figures are the oracle."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import random
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from zhike.analytics.analyze import AnalyzeError, analyze
from zhike.analytics.analyze.customers import SCHEMA, safe_cell
from zhike.analytics.analyze.summary import exact_json
from zhike.analytics.settings import AnalysisSettings
from zhike.analytics.tabular import TableError

HEADER = "订单编号,客户编号,客户名称,下单日期,数量,单价,商品分类\n"


def orders(path: Path, rows: str, header: str = HEADER) -> Path:
    path.write_text(header + rows, encoding="utf-8")
    return path


def some_orders(path: Path, customers: int = 40, seed: int = 1) -> Path:
    chance = random.Random(seed)
    rows = []
    for number in range(customers * 3):
        day = dt.date(2025, 1, 1) + dt.timedelta(days=chance.randrange(500))
        customer = int(chance.triangular(0, customers, 0))
        category = chance.choice(["茶", "酒", "器"])
        quantity, price = chance.randrange(1, 9), chance.randrange(1, 90)
        rows.append(f"D{number},K{customer:03d},客户{customer},{day},{quantity},{price}.5,{category}\n")
    return orders(path, "".join(rows))


def summary_of(out: Path) -> dict:
    return json.loads((out / "summary.json").read_text(encoding="utf-8"), parse_float=Decimal)


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def online_retail(data_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp("online_retail")
    analyze(data_dir / "online_retail/online_retail.csv.gz", out)
    return out


def test_the_published_figures_of_online_retail_come_out_to_the_last_digit(online_retail):
    found = summary_of(online_retail)
    assert found["as_of"] == "2011-12-10"
    assert (found["rows"], found["rows_used"]) == (541_909, 397_884)
    assert (found["customers"], found["orders"]) == (4_338, 18_532)
    assert found["revenue"] == Decimal("8911407.904")
    assert found["returns"] == Decimal("611342.09")
    assert found["net_revenue"] == Decimal("8300065.814")
    assert found["returns_only"] == {"customers": 33, "returns": Decimal("10411.24")}
    pareto = found["pareto"]["revenue"]
    assert [round(pareto[f"top_{k}_share"], 4) for k in (1, 10, 20)] == [
        Decimal("0.3200"),
        Decimal("0.6138"),
        Decimal("0.7462"),
    ]
    assert pareto["customers_for_80_percent"] == 1_133


def test_the_revenue_stands_in_the_json_with_all_its_digits(online_retail):
    assert '"revenue": 8911407.904,' in (online_retail / "summary.json").read_text(encoding="utf-8")


def test_every_row_of_online_retail_is_accounted_for_once(online_retail):
    quality = summary_of(online_retail)["quality"]
    parts = (
        quality["purchase_rows"],
        quality["return_rows"],
        quality["anonymous_rows"],
        *quality["ignored_rows"].values(),
    )
    assert sum(parts) == 541_909
    assert quality["rejected_rows"] == {}
    assert quality["repeated_rows"] == 5_268


def test_segments_stages_and_tiers_hold_every_customer_once(online_retail):
    found = summary_of(online_retail)
    for groups in (found["rfm"], found["tiers"], found["abc"]):
        assert sum(group["customers"] for group in groups.values()) == 4_338
        assert sum(group["revenue"] for group in groups.values()) == Decimal("8911407.904")
    assert sum(found["lifecycle"].values()) == 4_338
    assert list(found["tiers"]) == ["diamond", "gold", "silver", "bronze"]
    assert len(found["rfm"]) == 8


def test_customers_who_returned_what_they_bought_are_in_no_upper_tier(online_retail):
    by_id = {row["customer_id"]: row for row in csv_rows(online_retail / "customers.csv")}
    for customer in ("16446", "12346"):
        assert by_id[customer]["tier"] == "bronze"
        assert Decimal(by_id[customer]["net_revenue"]) <= Decimal("2.9")


def test_the_customer_files_agree_and_have_the_promised_columns(online_retail):
    table = pq.read_table(online_retail / "customers.parquet")
    rows = csv_rows(online_retail / "customers.csv")
    assert table.schema.equals(SCHEMA)
    assert list(rows[0]) == table.column_names
    assert len(rows) == table.num_rows == 4_338
    assert [row["customer_id"] for row in rows] == table["customer_id"].to_pylist()
    assert sum(Decimal(row["revenue"]) for row in rows) == Decimal("8911407.904")
    assert rows[0]["customer_id"] == "14646"
    shares = [float(row["revenue_share_cum"]) for row in rows]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert len(csv_rows(online_retail / "returns_only.csv")) == 33


def test_the_excel_sample_gives_the_figures_of_its_rows(data_dir, tmp_path):
    found = analyze(data_dir / "online_retail/online_retail_first50000.xlsx", tmp_path)
    assert found.rows == 50_000
    assert found.last_order == dt.date(2011, 1, 9)
    assert found.net_revenue + found.anonymous["revenue"] == Decimal("840620.50")


def test_the_superstore_file_is_another_shape_and_still_right(data_dir, tmp_path):
    found = analyze(data_dir / "superstore/superstore_orders.csv.gz", tmp_path, lang="en")
    assert (found.rows_used, found.orders, found.customers) == (9_994, 5_009, 793)
    assert round(found.revenue, 2) == Decimal("2297200.86")
    assert round(found.pareto["revenue"]["top_20_share"], 4) == 0.4815
    assert found.returns == 0


def test_orders_without_numbers_are_told_apart_by_customer_and_day(data_dir, tmp_path):
    found = analyze(data_dir / "cdnow_sample/cdnow_sample.csv.gz", tmp_path)
    assert found.revenue == Decimal("244091.94")
    assert found.customers == 2_349  # of 2,357: eight customers have orders of 0.00 only
    assert found.columns["quantity"] == "cds"


# --- options ---------------------------------------------------------------------------------------------


def test_the_day_of_the_analysis_can_be_chosen_and_later_orders_do_not_count(tmp_path):
    path = orders(tmp_path / "a.csv", "1,A,甲,2026-01-01,1,10,茶\n2,A,甲,2026-03-01,1,20,茶\n")
    assert analyze(path, tmp_path / "all").revenue == 30
    early = analyze(path, tmp_path / "early", as_of=dt.date(2026, 2, 1))
    assert (early.as_of, early.revenue, early.rows_used) == (dt.date(2026, 2, 1), 10, 1)
    assert early.quality["rows_after_as_of"] == 1
    with pytest.raises(AnalyzeError) as error:
        analyze(path, tmp_path / "none", as_of=dt.date(2025, 1, 1))
    assert error.value.code == "before_first_order"
    assert "2026-01-01" in error.value.text("zh")


def test_columns_can_be_named_by_hand(tmp_path):
    path = orders(tmp_path / "a.csv", "x1,2026-01-01,5,7\nx2,2026-01-02,6,8\n", "谁,何时,甲数,乙数\n")
    found = analyze(
        path, tmp_path / "o", columns={"customer_key": "谁", "ordered_at": "何时", "amount": "乙数"}
    )
    assert found.revenue == 15


def test_settings_change_the_result(tmp_path):
    path = some_orders(tmp_path / "a.csv")
    settings = AnalysisSettings.from_dict({"lifecycle": {"at_risk_ratio": 1.0, "lost_ratio": 1.5}})
    assert (
        analyze(path, tmp_path / "b", config=settings).lifecycle["lost"]
        > analyze(path, tmp_path / "c").lifecycle["lost"]
    )


def test_two_runs_give_the_same_files(tmp_path):
    path = some_orders(tmp_path / "a.csv")
    analyze(path, tmp_path / "one")
    analyze(path, tmp_path / "two")
    for name in ("customers.csv", "summary.json", "report.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_progress_runs_from_nothing_to_all(tmp_path):
    seen: list[tuple[float, str]] = []
    analyze(
        some_orders(tmp_path / "a.csv"), tmp_path / "o", progress=lambda done, step: seen.append((done, step))
    )
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert (seen[0], seen[-1]) == ((0.0, "open"), (1.0, "done"))


def test_names_and_reasons_stand_in_the_customer_file_in_the_chosen_language(tmp_path):
    path = some_orders(tmp_path / "a.csv")
    analyze(path, tmp_path / "zh")
    analyze(path, tmp_path / "en", lang="en")
    zh, en = (csv_rows(tmp_path / lang / "customers.csv")[0] for lang in ("zh", "en"))
    assert zh["customer_name"].startswith("客户")
    assert "消费金额" in zh["tier_reason"]
    assert "品类宽度" in zh["tier_reason"]
    assert "Amount" in en["tier_reason"]
    assert zh["rfm_segment"] == en["rfm_segment"]


def test_a_spreadsheets_float_customer_numbers_are_the_same_customers(tmp_path):
    path = orders(tmp_path / "a.csv", "1,17850.0,甲,2026-01-01,1,10,茶\n2,17850,甲,2026-02-01,1,10,茶\n")
    assert analyze(path, tmp_path / "o").customers == 1


# --- errors ----------------------------------------------------------------------------------------------


def refused(path: Path, out: Path, **options) -> tuple[str, str]:
    with pytest.raises((AnalyzeError, TableError)) as error:
        analyze(path, out, **options)
    assert not out.exists() or not any(out.iterdir())
    return error.value.code, error.value.text("zh")


def test_a_missing_column_is_named_with_the_option_that_helps(tmp_path):
    path = orders(tmp_path / "a.csv", "2026-01-01,5\n", "下单日期,金额\n")
    code, text = refused(path, tmp_path / "o")
    assert code == "column_needed"
    assert all(words in text for words in ("客户编号", "--customer", "下单日期"))


def test_a_missing_amount_is_named(tmp_path):
    assert (
        refused(orders(tmp_path / "a.csv", "A,2026-01-01\n", "客户编号,下单日期\n"), tmp_path / "o")[0]
        == "amount_needed"
    )


def test_doubtful_dates_are_asked_about_and_the_answer_is_taken(tmp_path):
    path = orders(tmp_path / "a.csv", "A,04/08/2025,5\nB,01/02/2025,6\n", "客户编号,下单日期,金额\n")
    code, text = refused(path, tmp_path / "o")
    assert code == "date_order_needed"
    assert all(words in text for words in ("--date-order", "dmy"))
    assert analyze(path, tmp_path / "dmy", date_order="dmy").last_order == dt.date(2025, 8, 4)
    assert analyze(path, tmp_path / "mdy", date_order="mdy").last_order == dt.date(2025, 4, 8)


def test_nothing_to_analyze_says_what_stands_in_the_way(tmp_path):
    path = orders(tmp_path / "a.csv", "1,A,甲,昨天,1,10,茶\n2,B,乙,前天,1,10,茶\n")
    code, text = refused(path, tmp_path / "o")
    assert code == "nothing_to_analyze"
    assert all(words in text for words in ("第 2 行", "下单日期", "昨天"))


def test_a_file_with_a_header_only_has_no_rows(tmp_path):
    assert refused(orders(tmp_path / "a.csv", ""), tmp_path / "o")[0] == "no_rows"


def test_unreadable_rows_are_left_out_counted_and_listed(tmp_path):
    rows = "1,A,甲,2026-01-01,1,10,茶\n2,B,乙,昨天,1,10,茶\n"
    rows += "3,C,丙,2026-01-01,x,10,茶\n4,D,丁,2026-01-01,1,10,茶,多余\n"
    found = analyze(orders(tmp_path / "a.csv", rows), tmp_path / "o")
    assert found.rows_used == 1
    assert found.quality["rejected_rows"] == {"not_date": 1, "not_number": 1, "extra_cells": 1}
    listed = csv_rows(tmp_path / "o/rejected_rows.csv")
    assert [(row["行号"], row["列"]) for row in listed] == [("3", "下单日期"), ("4", "数量"), ("5", "")]


def test_a_blank_quantity_is_an_error_not_a_one(tmp_path):
    found = analyze(
        orders(tmp_path / "a.csv", "1,A,甲,2026-01-01,1,10,茶\n2,A,甲,2026-01-01,,10,茶\n"), tmp_path / "o"
    )
    assert (found.revenue, found.quality["rejected_rows"]) == (10, {"blank": 1})


def test_several_currencies_and_days_to_come_are_pointed_out(tmp_path):
    header = "客户编号,下单日期,金额,币种\n"
    path = orders(tmp_path / "a.csv", "A,2026-01-01,5,CNY\nB,2150-01-02,6,USD\n", header)
    notes = " ".join(analyze(path, tmp_path / "o").quality["notes"])
    assert "CNY, USD" in notes
    assert "2150-01-02" in notes


def test_the_output_must_be_a_folder(tmp_path):
    path = some_orders(tmp_path / "a.csv")
    with pytest.raises(AnalyzeError) as error:
        analyze(path, path)
    assert error.value.code == "out_not_folder"


def test_a_failed_run_leaves_earlier_results_untouched(tmp_path, monkeypatch):
    path, out = some_orders(tmp_path / "a.csv"), tmp_path / "o"
    analyze(path, out)
    before = {file.name: file.read_bytes() for file in out.iterdir()}

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zhike.analytics.analyze.job.write_report", full)
    with pytest.raises(AnalyzeError) as error:
        analyze(some_orders(tmp_path / "b.csv", seed=2), out)
    assert error.value.code == "cannot_write"
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path):
    home = tmp_path / "locked"
    home.mkdir(mode=0o500)
    with pytest.raises(AnalyzeError, match="Cannot write"):
        analyze(some_orders(tmp_path / "a.csv"), home / "o")


# --- safety ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(text):
    assert safe_cell(text) == "'" + text


def test_numbers_stay_numbers():
    assert [safe_cell(v) for v in (-5, Decimal("-5.10"), 0.1, None, 1e-7)] == [
        "-5",
        "-5.1",
        "0.1",
        "",
        "0.0000001",
    ]


def test_hostile_names_reach_neither_the_spreadsheet_nor_the_page(tmp_path):
    rows = "1,=cmd|calc,<script>alert(1)</script>,2026-01-01,1,10,茶\n"
    rows += '2,"a"" onload=""x",<img src=x>,2026-01-02,1,10,茶\n'
    analyze(orders(tmp_path / "a.csv", rows), tmp_path / "o")
    page = (tmp_path / "o/report.html").read_text(encoding="utf-8")
    assert not [tag for tag in ("<script", "<img") if tag in page]
    assert "&lt;script&gt;" in page
    assert {row["customer_id"] for row in csv_rows(tmp_path / "o/customers.csv")} == {
        "'=cmd|calc",
        'a" onload="x',
    }


def test_json_writes_decimals_as_numbers():
    text = exact_json({"a": Decimal("8911407.904"), "b": [1, None, Decimal("0.10")], "c": "客", "d": {}})
    assert json.loads(text, parse_float=str) == {
        "a": "8911407.904",
        "b": [1, None, "0.10"],
        "c": "客",
        "d": {},
    }
