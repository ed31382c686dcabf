"""The export: same rows, typed cells, no formulas, masked, audited."""

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pyarrow.parquet as pq
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from factories import make_customer
from zhike.crm.portfolio.exports import BLANKS, FORMULA_STARTS, defused
from zhike.platform.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def firms(people, scored):
    evil = make_customer('=HYPERLINK("x")', owner=people.sales_east, phone="+8613800138000", code="00123")
    scored(evil, 1234, tier=2, last_order=date(2026, 11, 1))
    make_customer("西部客户", owner=people.sales_west)
    return people


def fetch(client, kind, query="", all_columns="1"):
    data = {"format": kind, "query": query, "all_columns": all_columns}
    answer = client.post(reverse("customers:export"), data)
    return answer, b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_csv_has_the_rows_of_the_list_and_no_formula(firms, as_user):
    _answer, body = fetch(as_user("manager_east"), "csv")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert [row["Customer"] for row in rows] == ['\'=HYPERLINK("x")']
    assert rows[0]["Phone"] == "'+8613800138000"
    assert rows[0]["Customer number"] == "00123"
    assert Decimal(rows[0]["Net revenue"]) == 1234
    assert rows[0]["Last order"] == "2026-11-01"


def test_a_workbook_holds_strings_as_strings_and_numbers_as_numbers(firms, as_user):
    _answer, body = fetch(as_user("owner"), "xlsx", "tier=2")
    sheet = openpyxl.load_workbook(io.BytesIO(body)).active
    header, row = list(sheet.iter_rows())
    cells = {h.value: cell for h, cell in zip(header, row, strict=True)}
    assert (cells["Customer"].value, cells["Customer"].data_type) == ('=HYPERLINK("x")', "s")
    assert cells["Customer number"].value == "00123"
    assert cells["Net revenue"].value == 1234
    assert cells["Last order"].value.date() == date(2026, 11, 1)


def test_parquet_keeps_the_types(firms, as_user, tmp_path):
    _answer, body = fetch(as_user("owner"), "parquet")
    table = pq.read_table(io.BytesIO(body)).to_pydict()
    assert table["net_revenue"] == [Decimal("1234.0000"), None]
    assert table["last_order"] == [date(2026, 11, 1), None]


def test_the_export_is_audited_with_filter_and_rows(firms, as_user):
    fetch(as_user("owner"), "csv", "tier=2")
    event = AuditEvent.objects.get(event="customers.exported")
    assert event.actor == firms.owner
    assert event.note == "csv · 1 · tier=2"


def test_without_the_right_nothing_leaves_the_house(firms, as_user):
    answer = as_user("sales_east").post(reverse("customers:export"), {"format": "csv"})
    assert answer.status_code == 403
    assert not AuditEvent.objects.filter(event="customers.exported").exists()


def test_an_unknown_format_is_refused(firms, as_user):
    assert as_user("owner").post(reverse("customers:export"), {"format": "exe"}).status_code == 422


def test_phones_are_masked_in_the_file_too(firms, as_user):
    _answer, body = fetch(as_user("analyst"), "csv", all_columns="1")
    assert b"8613800138000" not in body


@given(
    prefix=st.text(alphabet=BLANKS, max_size=4), start=st.sampled_from(FORMULA_STARTS[:-2]), rest=st.text()
)
def test_nothing_that_a_spreadsheet_would_run_gets_through(prefix, start, rest):
    assert defused(prefix + start + rest).startswith("'")


@given(st.text(alphabet="上海远达abc ,", max_size=20))
def test_ordinary_text_stays_as_it_is(text):
    assert defused(text) == text
