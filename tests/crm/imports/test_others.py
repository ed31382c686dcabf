"""Products, contacts, reasons, the file of rejected rows, and the command line."""

from __future__ import annotations

from decimal import Decimal

import pytest
from click.testing import CliRunner
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from crm.imports.conftest import outcome
from factories import make_customer
from zhike.analytics.tabular import clean
from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.imports import error_file
from zhike.crm.imports.command import import_group
from zhike.crm.imports.reasons import REASONS, reason

PRODUCTS = "商品编码,商品名称,商品分类,售价,成本\nP1,茶杯,家居>餐具,20,8.5\nP2,台灯,灯具,99,\n"


class TestProducts:
    def test_prices_costs_and_categories(self, importer):
        assert outcome(importer("products", PRODUCTS)) == {"created": 2}
        cup = Product.objects.get(sku="P1")
        assert (cup.price, cup.cost, cup.category.name) == (20, Decimal("8.5"), "餐具")
        assert cup.category.parent.ordinal == 0
        assert Product.objects.get(sku="P2").cost is None

    def test_importing_again_changes_nothing(self, importer):
        importer("products", PRODUCTS)
        assert outcome(importer("products", PRODUCTS)) == {"skipped": 2}
        assert Category.objects.count() == 3

    def test_a_new_cost_is_taken_over_and_undone(self, importer):
        importer("products", PRODUCTS)
        run = importer("products", "商品编码,商品名称,成本\nP1,茶杯,9\nP3,新品,1\n")
        assert outcome(run) == {"created": 1, "updated": 1}
        importer.undo(run)
        assert Product.objects.get(sku="P1").cost == Decimal("8.5")
        assert not Product.objects.filter(sku="P3").exists()


class TestContacts:
    HEADER = "客户名称,联系人,职务,手机,邮箱\n"

    def test_they_join_their_customer_and_unknown_customers_are_created(self, importer):
        make_customer("上海远达贸易有限公司", name_key="上海远达贸易")
        text = self.HEADER + "上海远达贸易有限公司,王芳,采购经理,13800138000,\n新客户有限公司,李雷,,,l@x.cn\n"
        run = importer("contacts", text)
        assert outcome(run) == {"created": 2}, run.error
        assert Contact.objects.get(name="王芳").customer.name == "上海远达贸易有限公司"
        assert Customer.objects.count() == 2

    def test_importing_again_changes_nothing_and_a_new_phone_updates(self, importer):
        text = self.HEADER + "远达贸易有限公司,王芳,采购,13800138000,\n"
        importer("contacts", text)
        assert outcome(importer("contacts", text)) == {"skipped": 1}
        run = importer("contacts", text.replace("13800138000", "13900139000"))
        assert outcome(run) == {"updated": 1}
        assert Contact.objects.get().phone_key == "+8613900139000"
        importer.undo(run)
        assert Contact.objects.get().phone_key == "+8613800138000"

    def test_a_row_without_customer_is_refused(self, importer):
        run = importer("contacts", self.HEADER + ",王芳,,,\n")
        assert run.issues.get().code == "customer_missing"


class TestReasons:
    @pytest.mark.parametrize("code", [*REASONS, "digits_lost", "ambiguous_date"])
    def test_every_code_has_words_in_both_languages(self, code):
        detail = {"value": "x", "known": ["a"], "row": 1}
        with translation.override("zh-hans"):
            chinese = reason(code, detail)
        with translation.override("en"):
            english = reason(code, detail)
        assert chinese != english
        assert "{" not in chinese + english

    def test_a_value_from_a_file_is_no_template(self):
        assert "{0.__class__}" in reason("customer_unknown", {"value": "{0.__class__}"})


class TestTheFileOfRejectedRows:
    @pytest.mark.parametrize(
        "text", ["=1+1", " =cmd|' /C calc'!A0", "＝SUM(A1)", "@x", "+cmd", "-2+3", "\t=x"]
    )
    def test_what_could_be_a_formula_is_made_text(self, text):
        assert error_file.safe(text).startswith("'")

    @pytest.mark.parametrize("text", ["-12.5", "+8613800138000", "1,234.00", "-5%", "甲公司", "a=b", ""])
    def test_numbers_and_plain_words_stay(self, text):
        assert error_file.safe(text) == text

    @given(st.text(max_size=20))
    def test_nothing_begins_like_a_formula(self, text):
        start = error_file.safe(text).lstrip("\x00\t\r\n \u3000\u200b\ufeff")[:1]
        assert start not in ("=", "@", "＝", "＠")

    @given(st.sampled_from(["=1+1", "-2+3", "@x", "+cmd", "＝A1"]))
    def test_reading_it_again_undoes_the_quote(self, text):
        assert clean(error_file.safe(text)) == text


class TestTheCommand:
    def invoke(self, tmp_path, *arguments, text=PRODUCTS, name="p.csv"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return CliRunner().invoke(import_group, [*arguments, str(file), "--quiet"], catch_exceptions=False)

    @pytest.mark.django_db
    def test_it_imports_and_reports(self, tmp_path):
        report = tmp_path / "errors.csv"
        text = PRODUCTS + "P3,坏的,x,九十,\n"
        result = self.invoke(tmp_path, "products", "--report", str(report), text=text)
        assert "rows 3, created 2, updated 0, skipped 0, failed 1" in result.output
        assert "九十" in report.read_text(encoding="utf-8-sig")
        assert Product.objects.count() == 2

    @pytest.mark.django_db
    def test_a_dry_run_writes_nothing(self, tmp_path):
        result = self.invoke(tmp_path, "products", "--dry-run")
        assert "trial run: rows 2, created 2" in result.output
        assert not Product.objects.exists()

    @pytest.mark.django_db
    def test_a_mapping_can_be_given(self, tmp_path):
        mapping = tmp_path / "m.json"
        mapping.write_text('{"columns": {"甲": "sku", "乙": "name"}}', encoding="utf-8")
        result = self.invoke(tmp_path, "products", "--mapping", str(mapping), text="甲,乙\nP1,茶杯\n")
        assert "created 1" in result.output
        assert Product.objects.get().name == "茶杯"
