"""The import pages as a browser uses them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from factories import make_customer
from zhike.crm.customers.models import Customer, CustomField
from zhike.crm.imports import reading, services
from zhike.crm.imports.models import Import, ImportPreset

CSV = "客户编号,客户名称,手机,邮箱,建档日期\nK1,甲公司,13800138000,a@b.cn,03/04/2026\nK2,乙公司,1.38E+10,c@d.cn,05/06/2026\n"


@pytest.fixture
def signed_in(client, people):
    client.force_login(people.owner)
    return client


def upload(client, text=CSV, *, entity="customers", name="客户.csv", **data):
    file = SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)
    return client.post(reverse("imports:upload"), {"entity": entity, "file": file, "source": "", **data})


@pytest.fixture
def run(signed_in):
    response = upload(signed_in)
    assert response.status_code == 302, response.content.decode()[:2000]
    return Import.objects.get()


def choose(client, run, act, **changes):
    headers = run.reading["found"]["headers"]
    data = {f"column-{i}": run.mapping["columns"].get(h, "") for i, h in enumerate(headers)}
    data |= {"default_kind": "auto", "assign": "nobody", "source": "", "act": act, "order-4": "dmy"}
    return client.post(reverse("imports:columns", args=[run.pk]), data | changes)


def test_the_empty_list_says_what_to_do(signed_in):
    page = signed_in.get(reverse("imports:list")).content.decode()
    assert reverse("imports:upload") in page


def test_an_upload_lies_under_a_random_name_outside_of_what_is_served(run):
    path = reading.path_of(run.file)
    assert path.read_bytes() == CSV.encode()
    assert len(run.file) == 32
    assert run.file_name == "客户.csv"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4 ...", "PDF"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "HTML"),
        (b"PK\x03\x04broken", ""),
        (b"", ""),
        ("客户名称\n".encode(), ""),
    ],
)
def test_what_is_no_table_is_refused_in_words_and_not_kept(signed_in, content, words):
    response = upload(signed_in, content, name="x.csv")
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Import.objects.exists()


def test_a_file_above_the_limit_is_refused(signed_in, settings):
    settings.IMPORT_MAX_BYTES = 100
    response = upload(signed_in, CSV * 50)
    assert response.status_code == 422
    assert not Import.objects.exists()


def test_the_path_in_a_file_name_is_dropped(signed_in):
    upload(signed_in, name="..\\..\\etc\\passwd.csv")
    assert "/" not in Import.objects.get().file_name


def test_the_columns_page_shows_cells_as_they_will_be_read(signed_in, run):
    page = signed_in.get(reverse("imports:detail", args=[run.pk])).content.decode()
    assert "科学计数法" in page
    assert 'value="customer_key" selected' in page
    assert 'name="order-4"' in page


def test_an_import_waits_until_the_date_order_is_chosen(signed_in, run):
    response = choose(signed_in, run, "run", **{"order-4": ""})
    assert response.status_code == 422
    assert "建档日期" in response.content.decode()
    assert not Customer.objects.exists()


def test_from_columns_to_result(signed_in, run, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = choose(signed_in, run, "run")
    assert response.status_code == 302
    run.refresh_from_db()
    assert run.counts["created"] == 1
    page = signed_in.get(reverse("imports:detail", args=[run.pk])).content.decode()
    assert "科学计数法" in page
    assert reverse("imports:errors", args=[run.pk]) in page
    assert Customer.objects.get().created_at.date().isoformat() == "2026-04-02"  # midnight in Shanghai


def test_a_trial_run_is_followed_by_the_real_one(signed_in, run, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        choose(signed_in, run, "try")
    assert not Customer.objects.exists()
    run.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        choose(signed_in, run, "run")
    assert Customer.objects.count() == 1


def test_the_rejected_rows_come_as_a_file_that_can_be_imported_again(
    signed_in, run, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        choose(signed_in, run, "run")
    response = signed_in.get(reverse("imports:errors", args=[run.pk]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    header, row = text.strip().splitlines()
    assert header.startswith("客户编号,客户名称,手机,邮箱,建档日期,")
    assert row.startswith("K2,乙公司,1.38E+10,c@d.cn,05/06/2026,3,手机,")
    assert "attachment" in response["Content-Disposition"]
    upload(signed_in, text.replace("1.38E+10", "13900139000"))
    again = Import.objects.order_by("-pk").first()
    assert again.mapping["columns"]["手机"] == "phone"


def test_changing_a_column_shows_its_cells_at_once(signed_in, run):
    url = reverse("imports:columns", args=[run.pk])
    data = {"column-0": "name", "default_kind": "auto", "assign": "nobody", "source": ""}
    page = signed_in.post(url, data, headers={"HX-Request": "true"}).content.decode()
    run.refresh_from_db()
    assert run.mapping["columns"] == {"客户编号": "name"}
    assert "<html" not in page


def test_a_column_can_become_a_field_of_its_own(signed_in, run, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        choose(signed_in, run, "run", **{"column-3": "new:text"})
    assert CustomField.objects.get().label == "邮箱"


def test_another_header_row_can_be_chosen(signed_in):
    upload(signed_in, "说明,x,y\n编号,名称,电话\nK1,甲公司,13800138000\n")
    run = Import.objects.get()
    signed_in.post(reverse("imports:reading", args=[run.pk]), {"header_row": "2"})
    run.refresh_from_db()
    assert run.reading["found"]["headers"] == ["编号", "名称", "电话"]
    wrong = signed_in.post(reverse("imports:reading", args=[run.pk]), {"header_row": "²"})
    assert wrong.status_code == 422


def test_another_encoding_can_be_chosen(signed_in):
    upload(signed_in, "客戶名稱,電話\n臺灣公司,02-23456789\n".encode("big5"), name="b.csv")
    run = Import.objects.get()
    signed_in.post(reverse("imports:reading", args=[run.pk]), {"encoding": "big5"})
    run.refresh_from_db()
    assert run.reading["found"]["headers"] == ["客戶名稱", "電話"]


def test_a_wrong_encoding_is_said_and_changes_nothing(signed_in, run):
    response = signed_in.post(reverse("imports:reading", args=[run.pk]), {"encoding": "utf-16"})
    assert response.status_code == 422
    run.refresh_from_db()
    assert run.reading["found"]["headers"][0] == "客户编号"


class TestPresets:
    def test_a_mapping_is_saved_and_applies_to_the_next_file_like_it(self, signed_in, run):
        choose(signed_in, run, "preset", name="老系统", **{"column-3": ""})
        assert ImportPreset.objects.get().name == "老系统"
        upload(signed_in)
        latest = Import.objects.order_by("-pk").first()
        assert "邮箱" not in latest.mapping["columns"]
        page = signed_in.get(reverse("imports:detail", args=[latest.pk])).content.decode()
        assert "老系统" in page

    def test_it_can_be_applied_by_hand_and_deleted(self, signed_in, run):
        choose(signed_in, run, "preset", name="老系统", **{"column-1": "code"})
        preset = ImportPreset.objects.get()
        upload(signed_in, "客户编号,客户名称,别的\nK1,甲,1\n")
        latest = Import.objects.order_by("-pk").first()
        signed_in.post(reverse("imports:apply_preset", args=[latest.pk]), {"preset": preset.pk})
        latest.refresh_from_db()
        assert latest.mapping["columns"] == {"客户编号": "customer_key", "客户名称": "code"}
        signed_in.post(reverse("imports:delete_preset", args=[preset.pk]))
        assert not ImportPreset.objects.exists()

    @pytest.mark.parametrize(
        ("headers", "row", "preset", "number"),
        [
            (
                "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
                "1,A,x,1,2010-12-01,2.5,17,UK",
                "uci_online_retail",
                "InvoiceNo",
            ),
            (
                "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
                "1,A,x,1,2010-12-01,2.5,17,UK",
                "uci_online_retail_ii",
                "Invoice",
            ),
            (
                "订单编号,买家会员名,买家应付货款,总金额,订单状态,收货人姓名,联系手机,订单创建时间,宝贝标题,宝贝总数量",
                "1,tb01,10,10,交易成功,张三,13800138000,2026-01-01 10:00:00,茶杯,1",
                "taobao_orders",
                "订单编号",
            ),
            (
                "单据日期,单据编号,客户名称,存货编码,存货名称,数量,含税单价,价税合计",
                "2026-01-01,1,甲公司,P1,茶杯,1,10,10",
                "yonyou",
                "单据编号",
            ),
        ],
    )
    def test_common_exports_are_recognized(self, signed_in, headers, row, preset, number):
        upload(signed_in, f"{headers}\n{row}\n", entity="orders")
        run = Import.objects.get()
        assert run.mapping["preset"] == preset
        assert run.mapping["columns"][number] == "order_number"
        page = signed_in.get(reverse("imports:detail", args=[run.pk])).content.decode()
        assert "alert-warning" not in page


class TestDecisions:
    def test_the_list_leads_to_the_rows_of_its_import_in_the_inbox(self, signed_in, importer, people):
        make_customer("张伟", kind="person", phone="13800138000", phone_key="+8613800138000", name_key="张伟")
        run = importer("customers", "客户名称,手机\n李娜,13800138000\n", actor=people.owner)
        page = signed_in.get(reverse("imports:list")).content.decode()
        address = f"/decisions/?kind=doubtful&amp;import={run.pk}"
        assert address in page
        inbox = signed_in.get(address.replace("&amp;", "&")).content.decode()
        assert "李娜" in inbox
        assert "张伟" in inbox


class TestForeignImports:
    ROUTES = ("detail", "progress", "errors")
    ACTS = ("reading", "columns", "apply_preset", "resume", "undo", "discard")

    def test_they_do_not_exist_for_another_team(self, client, people, importer):
        run = importer("customers", "客户编号,客户名称\nK1,甲\n", actor=people.manager_east)
        client.force_login(people.manager_west)
        for name in self.ROUTES:
            assert client.get(reverse(f"imports:{name}", args=[run.pk])).status_code == 404, name
        for name in self.ACTS:
            assert client.post(reverse(f"imports:{name}", args=[run.pk])).status_code == 404, name
        assert "客户编号" not in client.get(reverse("imports:list")).content.decode()
        assert Import.objects.filter(pk=run.pk, state="done").exists()

    def test_a_sales_person_has_no_imports(self, client, people):
        client.force_login(people.sales_east)
        assert client.get(reverse("imports:list")).status_code == 403
        assert upload(client).status_code == 403

    def test_a_stranger_is_asked_to_sign_in(self, client, db):
        assert upload(client).status_code == 302
        assert not Import.objects.exists()


def test_an_upload_needs_the_token_of_our_own_form(people):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people.owner)
    assert upload(strict).status_code == 403
    assert not Import.objects.exists()


def test_undo_is_a_job(signed_in, importer, people, django_capture_on_commit_callbacks):
    run = importer("customers", "客户编号,客户名称\nK1,甲公司\n", actor=people.owner)
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post(reverse("imports:undo", args=[run.pk]))
    assert not Customer.objects.exists()
    page = signed_in.get(reverse("imports:detail", args=[run.pk])).content.decode()
    assert "已撤销" in page


def test_an_upload_that_was_not_run_can_be_deleted_with_its_file(
    signed_in, run, django_capture_on_commit_callbacks
):
    path = reading.path_of(run.file)
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post(reverse("imports:discard", args=[run.pk]))
    assert not Import.objects.exists()
    assert not path.exists()


def test_the_file_of_a_finished_import_is_not_kept(importer):
    run = importer.receive("customers", "客户编号,客户名称\nK1,甲公司\n")
    path = reading.path_of(run.file)
    assert path.exists()
    importer.run(run)
    assert not path.exists()


def test_an_upload_that_nobody_ran_is_not_kept_for_longer_than_a_day(signed_in, run):
    path = reading.path_of(run.file)
    Import.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert services.drop_old_files() == 1
    assert not path.exists()
    page = signed_in.get(reverse("imports:detail", args=[run.pk]))
    assert page.status_code == 200
