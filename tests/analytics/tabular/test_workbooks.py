"""Excel and Parquet, and files that only pretend to be."""

from __future__ import annotations

import datetime as dt
import zipfile
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.tabular.making import cells, read, workbook, write
from zhike.analytics.tabular import Limits, TableError, open_table


def refused(path, **options) -> str:
    with pytest.raises(TableError) as error:
        list(open_table(path, **options).rows())
    assert error.value.text("zh") != error.value.text("en")
    return error.value.code


def test_cells_of_a_workbook_are_read_as_a_person_typed_them(tmp_path):
    rows = [
        ["编号", "数量", "日期", "时间", "是否", "文本数字"],
        [536365, 2.5, dt.date(2026, 1, 2), dt.datetime(2026, 1, 2, 3, 4, 5), True, "007"],
    ]
    assert read(workbook(tmp_path / "a.xlsx", rows))[1] == [
        ["536365", "2.5", "2026-01-02", "2026-01-02 03:04:05", "TRUE", "007"]
    ]


def test_a_number_beyond_excels_fifteen_digits_shows_that_it_lost_some(tmp_path):
    text = read(workbook(tmp_path / "a.xlsx", [["身份证", "名"], [110101199003070123, "张三"]]))[1][0][0]
    assert "E+17" in text


def test_dates_of_the_1904_system_are_right(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["日期", "n"], [dt.date(2026, 1, 2), 1]])
    book = openpyxl.load_workbook(path)
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(path)
    assert read(path)[1][0][0] == "2026-01-02"


def test_hidden_sheets_are_passed_over_and_named(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["secret", "x"])
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("订单")
    for row in (["客户", "金额"], ["甲", 1]):
        shown.append(row)
    book.save(tmp_path / "a.xlsx")
    table = open_table(tmp_path / "a.xlsx")
    assert (table.info.sheet, table.headers) == ("订单", ["客户", "金额"])
    assert "hidden_sheets" in [note.code for note in table.info.notes]


def test_a_sheet_can_be_chosen_by_name(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.create_sheet("二").append(["c", "d"])
    book.save(tmp_path / "a.xlsx")
    assert open_table(tmp_path / "a.xlsx", sheet="二").headers == ["c", "d"]
    assert refused(tmp_path / "a.xlsx", sheet="三") == "sheet_missing"


def test_a_workbook_without_data_is_refused(tmp_path):
    assert refused(workbook(tmp_path / "a.xlsx", [])) == "sheet_empty"


def test_cached_results_of_formulas_are_read_and_error_cells_are_blank(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["a", "b"], ["x", "#DIV/0!"]])
    assert read(path)[1][0][0] == "x"


def test_row_numbers_count_from_the_top_of_the_sheet(tmp_path):
    rows = [[], [], ["客户", "金额"], ["甲", 1], [], ["乙", 2]]
    assert [row.number for row in open_table(workbook(tmp_path / "a.xlsx", rows)).rows()] == [4, 6]


def test_a_workbook_with_a_password_is_refused(tmp_path):
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    assert refused(write(tmp_path / "a.xlsx", header)) == "password_protected"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7\n", "wrong_format"),
        (b"\x89PNG\r\n\x1a\n", "wrong_format"),
        (b"Rar!\x1a\x07\x00", "wrong_format"),
        (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "html_table"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "xml_spreadsheet",
        ),
        (b'{"orders": []}', "wrong_format"),
        (b"PK\x03\x04 not really", "archive_damaged"),
        (b"\x1f\x8b\x08\x00 broken gzip", "archive_damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"W\0o\0r\0d\0D\0o\0c\0" * 20, "wrong_format"),
        (bytes(range(1, 9)) * 200, "not_a_table"),
        (b"PAR1 but cut off", "workbook_damaged"),
    ],
)
def test_what_is_no_table_is_refused_by_its_content(tmp_path, content, code):
    assert refused(write(tmp_path / "orders.csv", content)) == code


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refused(tmp_path / "a.xlsx") == "wrong_format"


def test_a_workbook_made_to_explode_is_refused_before_it_is_loaded(tmp_path):
    workbook(tmp_path / "a.xlsx", [["a", "b"], [1, 2]])
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", b"\0" * 80_000_000)
    assert refused(tmp_path / "a.xlsx") == "expands_too_much"


def test_a_workbook_of_very_many_parts_is_refused(tmp_path):
    workbook(tmp_path / "a.xlsx", [["a", "b"], [1, 2]])
    with zipfile.ZipFile(tmp_path / "a.xlsx", "a") as archive:
        for number in range(40):
            archive.writestr(f"xl/x{number}", "")
    assert refused(tmp_path / "a.xlsx", limits=Limits(workbook_entries=20)) == "too_many_entries"


def test_a_gzip_bomb_stops_while_it_is_read(tmp_path):
    import gzip

    path = write(tmp_path / "a.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 3_000_000))
    assert refused(path, limits=Limits(expansion=50, expansion_from=1 << 20)) == "expands_too_much"


def test_a_file_over_the_size_limit_is_refused_unread(tmp_path):
    assert (
        refused(write(tmp_path / "a.csv", b"a,b\n" * 1000), limits=Limits(file_bytes=1000))
        == "file_too_large"
    )


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    assert refused(tmp_path / "nothing.csv") == "file_missing"
    assert refused(tmp_path) == "file_unreadable"


def test_parquet_reads_like_its_csv_twin(tmp_path):
    table = pa.table(
        {
            "客户": ["甲", None],
            "数量": [1, 2],
            "单价": [2.5, 3.0],
            "金额": pa.array([Decimal("2.50"), Decimal("6.00")]),
            "时间": [dt.datetime(2026, 1, 2, 3, 4), None],
            "有效": [True, False],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    read_back = open_table(tmp_path / "a.parquet")
    assert read_back.headers == table.column_names
    assert cells(read_back) == [
        ["甲", "1", "2.5", "2.50", "2026-01-02 03:04:00", "TRUE"],
        ["", "2", "3", "6.00", "", "FALSE"],
    ]
    assert [row.number for row in read_back.rows()] == [2, 3]


def test_the_online_retail_workbook_equals_the_first_rows_of_the_csv(data_dir):
    sheet = open_table(data_dir / "online_retail/online_retail_first50000.xlsx")
    text = open_table(data_dir / "online_retail/online_retail.csv.gz")
    assert sheet.headers == text.headers
    seen = 0
    for left, right in zip(sheet.rows(), text.rows(), strict=False):
        seen += 1
        assert left.number == right.number
        assert (left.cells[0], left.cells[3], left.cells[4], left.cells[6]) == (
            right.cells[0],
            right.cells[3],
            right.cells[4],
            right.cells[6],
        )
    assert seen == 50_000
