"""Headers below titles, in two rows, repeated, blank, or not there at all."""

from __future__ import annotations

import pytest

from analytics.tabular.making import read, workbook, write
from zhike.analytics.tabular import TableError, open_table


def test_title_rows_above_the_header_are_skipped(tmp_path):
    title = "2026 年销售明细表,,,\n制表：张三,,,\n\n"
    body = title + "单据日期,客户,数量,金额\n2026-01-02,甲公司,3,30\n2026-01-03,乙公司,1,9.5\n"
    table = open_table(write(tmp_path / "a.csv", body))
    assert table.headers == ["单据日期", "客户", "数量", "金额"]
    assert table.info.header_row == 4
    assert next(iter(table.rows())).number == 5
    assert "rows_above_header" in [note.code for note in table.info.notes]


def test_a_merged_header_of_two_rows_is_joined(tmp_path):
    rows = [
        ["日期", "客户", None, "金额", None],
        [None, "编号", "名称", "含税", "不含税"],
        ["2026-01-02", "C1", "甲", 113, 100],
    ]
    assert open_table(workbook(tmp_path / "a.xlsx", rows)).headers == [
        "日期",
        "客户 编号",
        "客户 名称",
        "金额 含税",
        "金额 不含税",
    ]


def test_a_group_row_above_repeated_names_is_joined(tmp_path):
    body = "客户,,产品,\n编号,名称,编号,名称\nC1,甲,P1,螺丝\nC2,乙,P2,螺母\n"
    assert read(write(tmp_path / "a.csv", body))[0] == ["客户 编号", "客户 名称", "产品 编号", "产品 名称"]


def test_repeated_and_blank_headers_become_usable(tmp_path):
    table = open_table(write(tmp_path / "a.csv", "金额,金额,,金额\n1,2,3,4\n5,6,7,8\n"))
    assert table.headers == ["金额", "金额 (2)", "#3", "金额 (3)"]


def test_empty_columns_at_the_right_end_are_dropped(tmp_path):
    assert read(write(tmp_path / "a.csv", "a,b,,\n1,2,,\n3,4,,\n"))[0] == ["a", "b"]


def test_without_a_header_the_columns_are_numbered(tmp_path):
    table = open_table(write(tmp_path / "a.csv", "C1,2026-01-02,30\nC2,2026-01-03,40.5\n"))
    assert table.headers == ["#1", "#2", "#3"]
    assert len(list(table.rows())) == 2
    assert [note.code for note in table.info.notes] == ["header_synthesized"]


def test_a_file_of_headers_only_has_no_rows(tmp_path):
    assert read(write(tmp_path / "a.csv", "客户,金额\n")) == (["客户", "金额"], [])


@pytest.mark.parametrize("content", ["", "\n\n\n", ",,,\n,,,\n", "   "])
def test_an_empty_file_is_refused(tmp_path, content):
    with pytest.raises(TableError) as error:
        list(open_table(write(tmp_path / "a.csv", content)).rows())
    assert error.value.code == "file_empty" or content == "   "


def test_one_column_is_a_table_too(tmp_path):
    assert read(write(tmp_path / "a.csv", "公司\n甲公司\n乙公司\n")) == (["公司"], [["甲公司"], ["乙公司"]])


def test_too_many_columns_are_refused(tmp_path):
    with pytest.raises(TableError) as error:
        open_table(write(tmp_path / "a.csv", ",".join(f"c{i}" for i in range(1500)) + "\n"))
    assert error.value.code == "too_many_columns"


def test_the_real_files_keep_their_headers(data_dir):
    for name, width in (
        ("chicago_contacts/contacts_messy.csv.gz", 32),
        ("superstore/superstore_orders.csv.gz", 21),
        ("telco/telco_customer_churn.csv.gz", 21),
        ("olist_sample/customers.csv.gz", 5),
    ):
        table = open_table(data_dir / name)
        assert (len(table.headers), table.info.header_row, table.info.notes) == (width, 1, ())
