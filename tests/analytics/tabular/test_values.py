"""Cells become values, or problems with a code; never a guess."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics import tabular
from zhike.analytics.tabular import (
    MESSAGES,
    Phone,
    Problem,
    clean,
    column_parser,
    date_order,
    describe,
    number_style,
    open_table,
    parse_amount,
    parse_boolean,
    parse_date,
    parse_email,
    parse_gender,
    parse_integer,
    parse_key,
    parse_phone,
    parse_phones,
    scan_columns,
)


def code(value: object) -> str:
    assert isinstance(value, Problem), value
    assert value.code in MESSAGES
    return value.code


# --- dates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21",
        "2026/11/21",
        "2026.11.21",
        "2026-11-21 00:00:00",
        "20261121",
        "2026年11月21日",
        "2026 年 11 月 21 日",
        "２０２６－１１－２１",
        "21-Nov-26",
        "21 November 2026",
        "Nov 21, 2026",
        "November 21st, 2026",
        "Sat, 21 Nov 2026",
        "21/11/2026",
        "46347",
        "\u200b2026-11-21\u00a0",
        "2026-11-21T00:00:00.000",
    ],
)
def test_a_day_is_read_however_it_is_written(text):
    assert parse_date(text) == dt.datetime(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("2026-11-21 8:26", (8, 26)),
        ("2026/11/21 下午3:04", (15, 4)),
        ("2026年11月21日 14时3分", (14, 3)),
        ("21/11/2026 3:53 PM", (15, 53)),
        ("21/11/2026 12:05 am", (0, 5)),
        ("20261121143000", (14, 30)),
        ("46347.5", (12, 0)),
    ],
)
def test_the_time_of_day_is_kept(text, clock):
    assert parse_date(text) == dt.datetime(2026, 11, 21, *clock)


def test_a_written_offset_is_kept():
    found = parse_date("2026-11-21T23:30:00+08:00")
    assert found.utcoffset() == dt.timedelta(hours=8)
    assert parse_date("2026-11-21T15:30:00Z") == found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("昨天", "not_date"),
        ("soon", "not_date"),
        ("1700000000", "not_date"),
        ("12", "not_date"),
        ("0000-00-00", "date_zero"),
        ("00/00/0000", "date_zero"),
        ("2023-02-30", "date_impossible"),
        ("31/31/2015", "date_impossible"),
        ("2024年5月", "date_incomplete"),
        ("2024", "date_incomplete"),
        ("1812-01-01", "date_out_of_range"),
        ("04/08/2015", "ambiguous_date"),
        ("2026-11-21 25:00", "not_date"),
    ],
)
def test_what_is_no_date_is_an_error(text, problem):
    assert code(parse_date(text)) == problem


@pytest.mark.parametrize("text", ["", "  ", "\u3000", "-", "N/A", "无", "NULL"])
def test_a_blank_is_no_error(text):
    assert parse_date(text) is None
    assert parse_amount(text) is None
    assert parse_phone(text) is None
    assert parse_email(text) is None


def test_the_order_of_day_and_month_is_decided_by_the_whole_column():
    assert date_order(["04/08/2015", "25/12/2015"]).order == "dmy"
    assert date_order(["04/08/2015", "12/25/2015"]).order == "mdy"
    assert date_order(["2015-08-04", "2015/12/25"]).status == "plain"


def test_an_undecided_column_is_asked_about_with_an_example():
    found = date_order(["04/08/2015", "01/02/2015", "03/03/2015"])
    assert (found.status, found.order, found.candidates) == ("ambiguous", None, ("dmy", "mdy"))
    assert found.example in ("04/08/2015", "01/02/2015")


def test_a_column_that_contradicts_itself_is_mixed_and_its_doubtful_cells_are_errors():
    found = date_order(["25/12/2015", "12/25/2015", "04/08/2015"])
    assert found.status == "mixed"
    parse = column_parser("date", order=found.order)
    assert parse["25/12/2015"] == dt.datetime(2015, 12, 25)
    assert code(parse["04/08/2015"]) == "ambiguous_date"


def test_readings_that_agree_need_no_question():
    assert date_order(["01/01/2020", "05/05/2020"]).status == "decided"


def test_two_digit_years_may_stand_first_or_last():
    assert date_order(["24-03-15", "23-02-11"]).status == "ambiguous"
    assert date_order(["24-03-31", "23-12-30"], latest=dt.date(2026, 1, 1)).order == "ymd"


def test_the_complaints_file_is_day_first_and_agrees_with_its_twin_column(data_dir):
    table = open_table(data_dir / "comcast_complaints/comcast_complaints.csv.gz")
    orders, _styles = scan_columns(table, ["Date", "Date_month_year"])
    assert (orders["Date"].status, orders["Date"].order) == ("decided", "dmy")
    assert orders["Date_month_year"].status == "plain"
    numeric = column_parser("date", order="dmy").column(table.column("Date"))
    named = column_parser("date").column(table.column("Date_month_year"))
    assert numeric == named
    assert sum(day.month == 6 for day in numeric) == 1046


def test_the_pipeline_file_is_month_first(data_dir):
    table = open_table(data_dir / "crm_sales_opportunities/sales_pipeline.csv.gz")
    orders, _styles = scan_columns(table, ["engage_date", "close_date"])
    assert {found.order for found in orders.values()} == {"mdy"}


@given(
    st.dates(dt.date(1950, 1, 1), dt.date(2049, 12, 31)),
    st.sampled_from(["dmy", "mdy", "ymd"]),
    st.booleans(),
)
def test_a_column_with_a_known_order_is_read_back(day, order, long_year):
    year = f"{day:%Y}" if long_year or day.year < 1950 else f"{day:%y}"
    parts = {"d": f"{day.day:02d}", "m": f"{day.month:02d}", "y": year}
    text = "/".join(parts[letter] for letter in order)
    assert parse_date(text, order) == dt.datetime(day.year, day.month, day.day)


@given(st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2020, 12, 31)), min_size=1, max_size=30), st.booleans())
def test_a_decided_order_is_never_wrong(days, day_first):
    texts = [f"{d:%d/%m/%Y}" if day_first else f"{d:%m/%d/%Y}" for d in days]
    found = date_order(texts)
    if found.status == "decided":
        assert [parse_date(text, found.order).date() for text in texts] == days
    else:
        assert found.status == "ambiguous"
        assert ("dmy" if day_first else "mdy") in found.candidates


@given(st.text(max_size=30))
def test_no_text_makes_a_parser_crash(text):
    for parse in tabular.PARSERS.values():
        found = parse(text)
        if isinstance(found, Problem):
            assert describe(found.code, "en", found.values) != found.code


# --- numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", "1234.5"),
        ("1,234.56", "1234.56"),
        ("￥1,200", "1200"),
        ("¥１，２００．５", "1200.5"),
        ("US$ 3.50", "3.50"),
        ("100元", "100"),
        ("人民币 100 元整", "100"),
        ("(1,234.50)", "-1234.50"),
        ("5-", "-5"),
        ("−5", "-5"),
        ("-￥12", "-12"),
        ("1.234,56", "1234.56"),
        ("12,50", "12.50"),
        ("1 234,5", "1234.5"),
        ("1'234.5", "1234.5"),
        ("1.234.567", "1234567"),
        ("12,34,567", "1234567"),
        ("1.2万", "12000"),
        ("1.2万元", "12000"),
        ("3亿", "300000000"),
        ("0.1", "0.1"),
        (".5", "0.5"),
        ("1.5E-05", "0.000015"),
        ("1.25E+2", "125"),
    ],
)
def test_an_amount_is_read_exactly(text, value):
    assert parse_amount(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("abc", "not_number"),
        ("1,2,3", "not_number"),
        ("12..3", "not_number"),
        ("50%", "not_number"),
        ("1.38E+10", "digits_lost"),
        ("1e5", "digits_lost"),
        ("99999999999999999", "number_too_large"),
        ("NaN.0", "not_number"),
        ("inf", "not_number"),
    ],
)
def test_what_is_no_amount_is_an_error(text, problem):
    assert code(parse_amount(text)) == problem


def test_a_column_with_decimal_commas_reads_open_cells_that_way_too():
    assert number_style(["1.234", "12,50"]) == "comma"
    assert parse_amount("1.234", "comma") == 1234
    assert number_style(["1,234", "12.50"]) == "point"
    assert parse_amount("1,234", "point") == 1234


def test_in_a_mixed_column_only_the_open_cells_are_errors():
    style = number_style(["12,50", "12.50", "1,234"])
    assert style == "mixed"
    assert code(parse_amount("1,234", style)) == "ambiguous_amount"
    assert parse_amount("12,50", style) == Decimal("12.50")


@given(st.decimals(-(10**9), 10**9, places=2, allow_nan=False, allow_infinity=False))
def test_grouped_numbers_of_both_schools_are_read_back(number):
    anglo = f"{number:,}"
    euro = anglo.translate(str.maketrans(",.", ".,"))
    assert parse_amount(anglo, "point") == number
    assert parse_amount(euro, "comma") == number


@given(st.floats(-1e12, 1e12, allow_nan=False))
def test_whatever_python_writes_for_a_float_is_read_or_refused_but_not_changed(number):
    found = parse_amount(repr(number))
    if isinstance(found, Problem):
        assert found.code == "digits_lost"
    else:
        assert math.isclose(float(found), number, rel_tol=1e-15)


def test_whole_numbers():
    assert parse_integer("3.0") == 3
    assert code(parse_integer("3.5")) == "not_whole"


# --- keys, phones, people --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("00123", "00123"),
        ("17850.0", "17850"),
        ("'007", "007"),
        ('="00123"', "00123"),
        (" A-1 ", "A-1"),
        ("Ｃ１２", "C12"),
    ],
)
def test_a_key_keeps_its_leading_zeros_and_loses_only_the_wrapping(text, key):
    assert parse_key(text) == key


def test_a_long_order_number_may_end_in_zeros():
    assert parse_key("186213450298417000") == "186213450298417000"


@pytest.mark.parametrize("text", ["1.7850E+11", "1.10101199003073E+17", "110101199003070000"])
def test_a_key_that_lost_digits_is_an_error(text):
    assert code(parse_key(text)) == "digits_lost"


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "0086 13800138000",
        "8613800138000",
        "'13800138000",
        "１３８００１３８０００",
        "电话：13800138000",
        "\u200b13800138000\u3000",
        "13800138000,13800138000",
    ],
)
def test_a_mobile_number_is_one_number_however_written(text):
    assert parse_phone(text) == Phone("+8613800138000")


@pytest.mark.parametrize("text", ["1.38E+10", "1.38001E+10", "１.38E+10"])
def test_a_phone_in_scientific_notation_has_lost_digits_and_is_never_padded(text):
    assert code(parse_phone(text)) == "digits_lost"


@pytest.mark.parametrize(
    "text", ["010-62345678 转 801", "010-62345678-801", "(010)62345678 ext. 801", "010 62345678#801"]
)
def test_extensions_stand_apart(text):
    assert parse_phone(text) == Phone("+861062345678", "801")


@pytest.mark.parametrize(
    "text",
    [
        "13800138000/13900139000",
        "13800138000 13900139000",
        "13800138000、13900139000",
        "13800138000；13900139000",
    ],
)
def test_two_numbers_in_a_cell_are_asked_about_not_chosen(text):
    assert code(parse_phone(text)) == "several_phones"
    assert [phone.e164 for phone in parse_phones(text)] == ["+8613800138000", "+8613900139000"]


@pytest.mark.parametrize("text", ["1380013800", "138001380001", "abc", "12", "无此人"])
def test_what_cannot_be_a_number_is_an_error(text):
    assert code(parse_phone(text)) == "phone_invalid"


def test_numbers_of_other_countries_are_kept():
    assert parse_phone("+44 20 7946 0958") == Phone("+442079460958")
    assert parse_phone("(415) 555-2671", region="US") == Phone("+14155552671")


def test_email_addresses():
    assert parse_email(" Zhang.San＠Example.COM ") == "zhang.san@example.com"
    assert parse_email("张三 <zs@example.cn>") == "zs@example.cn"
    assert code(parse_email("a@b.com; c@d.com")) == "several_emails"
    assert code(parse_email("zhang@example")) == "email_invalid"


def test_yes_and_no_male_and_female():
    assert [parse_boolean(t) for t in ("是", "Y", "1", "√", "TRUE")] == [True] * 5
    assert [parse_boolean(t) for t in ("否", "n", "0", "False", "无")] == [False] * 5
    assert code(parse_boolean("也许")) == "not_boolean"
    assert [parse_gender(t) for t in ("男", "先生", "M", "女", "Female", "未知", "")] == [
        "male",
        "male",
        "male",
        "female",
        "female",
        None,
        None,
    ]


def test_invisible_characters_go_and_full_width_spaces_are_trimmed():
    assert clean("\ufeff\u3000知\u200b客\u00a0科技 \u3000") == "知客 科技"


def test_every_problem_has_words_in_both_languages_without_gaps():
    import re

    for name, (zh, en) in MESSAGES.items():
        assert re.search("[\u4e00-\u9fff]", zh), name
        assert not re.search("[\u4e00-\u9fff]", en), name
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), name


def test_a_column_parser_remembers_what_it_has_parsed():
    parse = column_parser("amount")
    assert parse.column(["1.5", "x", "1.5"])[0] == Decimal("1.5")
    assert len(parse) == 2
