"""Orders from files: grouped, keyed by (source, number), replaced whole, customers and products supplied."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum

from crm.imports.conftest import outcome
from factories import make_customer
from old_excel import write_xls
from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers.models import Customer
from zhike.crm.orders.models import Order, OrderLine
from zhike.platform.errors import DomainError

HEADER = "订单编号,下单时间,客户编号,商品编码,商品名称,商品分类,数量,单价\n"
TWO_ORDERS = HEADER + (
    "A1,2026-03-01 10:00,K1,P1,茶杯,家居>餐具,2,10.5\n"
    "A2,2026-03-02,K2,P2,台灯,灯具,1,99\n"
    "A1,2026-03-01 10:00,K1,P2,台灯,灯具,1,99\n"
)


def numbers(run):
    return {name: kinds.get("created", 0) for name, kinds in run.counts["records"].items()}


def test_scattered_rows_of_one_order_make_one_order(importer):
    run = importer("orders", TWO_ORDERS)
    assert outcome(run) == {"created": 3}, run.error
    order = Order.objects.get(number="A1")
    assert (order.revenue, order.line_count, order.business_date) == (Decimal(120), 2, date(2026, 3, 1))
    assert [line.product.sku for line in order.lines.all()] == ["P1", "P2"]


def test_unknown_customers_products_and_categories_are_created(importer):
    run = importer("orders", TWO_ORDERS)
    assert numbers(run) == {"customers": 2, "products": 2, "categories": 3, "orders": 2}
    assert Customer.objects.get(external_key="K1").name == "K1"
    assert list(Category.objects.filter(parent=None).order_by("ordinal").values_list("name", "ordinal")) == [
        ("家居", 0),
        ("灯具", 1),
    ]
    assert Order.objects.get(number="A1").category_mask == 0b11
    assert Order.objects.get(number="A2").category_mask == 0b10


def test_unknown_customers_are_refused_when_that_was_chosen(importer):
    run = importer("orders", TWO_ORDERS, options={"create_customers": False})
    assert outcome(run) == {"failed": 3}
    assert {issue.code for issue in run.issues.all()} == {"customer_unknown"}
    assert not Order.objects.exists()


def test_importing_again_creates_nothing(importer):
    importer("orders", TWO_ORDERS)
    run = importer("orders", TWO_ORDERS)
    assert outcome(run) == {"skipped": 3}
    assert numbers(run) == {}
    assert OrderLine.objects.count() == 3


def test_importing_a_changed_order_replaces_all_its_lines(importer):
    importer("orders", TWO_ORDERS)
    run = importer("orders", HEADER + "A1,2026-03-01 10:00,K1,P1,茶杯,,3,10\n")
    order = Order.objects.get(number="A1")
    assert outcome(run) == {"updated": 1}
    assert (order.revenue, order.lines.count()) == (Decimal(30), 1)


def test_the_same_product_twice_in_an_order_stays_twice(importer):
    importer("orders", HEADER + "A1,2026-03-01,K1,P1,茶杯,,1,10\nA1,2026-03-01,K1,P1,茶杯,,1,10\n")
    assert Order.objects.get().revenue == 20


def test_an_order_is_taken_whole_or_not_at_all(importer):
    text = HEADER + "A1,2026-03-01,K1,P1,茶杯,,1,10\nA1,2026-03-01,K1,P2,台灯,,许多,99\n"
    run = importer("orders", TWO_ORDERS.replace("A1", "B1").replace("A2", "B2") + text.removeprefix(HEADER))
    assert outcome(run) == {"created": 3, "failed": 2}
    found = {issue.row: (issue.code, issue.detail.get("row")) for issue in run.issues.all()}
    assert found == {5: ("order_incomplete", 6), 6: ("not_number", None)}
    assert not Order.objects.filter(number="A1").exists()


def test_rows_that_name_two_customers_are_no_order(importer):
    run = importer("orders", HEADER + "A1,2026-03-01,K1,P1,茶杯,,1,10\nA1,2026-03-01,K2,P1,茶杯,,1,10\n")
    assert {issue.code for issue in run.issues.all()} == {"order_conflict"}


def test_a_row_without_customer_is_an_anonymous_sale(importer):
    importer("orders", HEADER + "A1,2026-03-01,,P1,茶杯,,1,10\nA2,2026-03-01,K1,P1,茶杯,,1,10\n")
    order = Order.objects.get(number="A1")
    assert (order.customer, order.revenue) == (None, 10)


def test_a_return_lowers_nothing_but_is_counted_apart(importer):
    importer("orders", HEADER + "A1,2026-03-01,K1,P1,茶杯,,5,10\nA2,2026-03-02,K1,P1,茶杯,,-2,10\n")
    assert Order.objects.aggregate(Sum("revenue"), Sum("returned")) == {
        "revenue__sum": 50,
        "returned__sum": 20,
    }
    assert set(OrderLine.objects.values_list("kind", "amount")) == {("purchase", 50), ("return", -20)}


def test_a_closed_order_counts_for_nothing(importer):
    text = "订单编号,下单时间,客户编号,金额,订单状态\nA1,2026-03-01,K1,100,交易关闭\nA2,2026-03-01,K1,50,交易成功\n"
    importer("orders", text)
    assert Order.objects.get(number="A1").status == "cancelled"
    assert Order.objects.get(number="A1").revenue == 0
    assert Order.objects.get(number="A2").revenue == 50


def test_cost_is_known_only_when_every_line_has_one(importer):
    importer("products", "商品编码,商品名称,成本\nP1,茶杯,4\n")
    importer("orders", TWO_ORDERS + "A3,2026-03-05,K1,P1,茶杯,,3,10\n")
    assert Order.objects.get(number="A1").cost is None
    assert Order.objects.get(number="A3").cost == 12


def test_a_customer_is_found_by_number_phone_or_name(importer):
    byname = make_customer("上海远达贸易有限公司", name_key="上海远达贸易")
    byphone = make_customer("张伟", kind="person", phone="13800138000", phone_key="+8613800138000")
    bycode = make_customer("丙", code="C7")
    head = "订单编号,下单时间,客户编号,客户名称,客户电话,金额\n"
    importer(
        "orders", head + "A1,2026-03-01,,上海远达贸易有限公司,,10\nA2,2026-03-01,,张三,138 0013 8000,10\n"
    )
    importer("orders", head + "A3,2026-03-01,C7,,,10\nA4,2026-03-01,C7,,,10\n")
    found = dict(Order.objects.values_list("number", "customer_id"))
    assert found == {"A1": byname.pk, "A2": byphone.pk, "A3": bycode.pk, "A4": bycode.pk}


def test_ledgers_that_state_the_order_once_are_filled_down(importer):
    text = HEADER + "A1,2026-03-01,K1,P1,茶杯,,1,10\n,,,P2,台灯,,1,99\nA2,2026-03-02,K2,P1,茶杯,,1,10\n"
    run = importer("orders", text, options={"fill_down": True})
    assert outcome(run) == {"created": 3}
    assert Order.objects.get(number="A1").revenue == 109


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        (
            "日期,单据编号,购货单位,产品代码,产品名称,实发数量,销售单价,价税合计",
            "{day},{number},{buyer},P1,茶杯,1,10,10\n,,,P2,台灯,2,50,100\n",
        ),
        (
            "单据日期,单据编号,客户名称,存货编码,存货名称,数量,含税单价,价税合计",
            "{day},{number},{buyer},P1,茶杯,1,10,10\n,,,P2,台灯,2,50,100\n",
        ),
    ],
    ids=["kingdee", "yonyou"],
)
def test_a_known_ledger_is_filled_down_without_being_asked(importer, head, rows):
    documents = [
        ("2026-03-01", "XOUT001", "上海远达贸易有限公司"),
        ("2026-03-02", "XOUT002", "宁波宏图有限公司"),
    ]
    text = head + "\n" + "".join(rows.format(day=d, number=n, buyer=b) for d, n, b in documents)
    run = importer("orders", text)
    assert run.counts["rows"] == 4
    assert run.counts["failed"] == 0
    found = {o.number: (o.revenue, o.customer.name, o.business_date.day) for o in Order.objects.all()}
    assert found == {"XOUT001": (110, "上海远达贸易有限公司", 1), "XOUT002": (110, "宁波宏图有限公司", 2)}
    again = importer("orders", text.replace("XOUT", "YOUT"), options={"fill_down": False})
    assert again.counts["failed"] == 2


def test_without_order_numbers_a_moment_of_a_customer_is_an_order(importer):
    text = "客户编号,日期,金额\nK1,2026-01-01,10\nK1,2026-01-01,15\nK1,2026-02-01,5\n,2026-02-01,1\n,2026-02-01,1\n"
    run = importer("orders", text)
    assert run.counts["records"]["orders"] == {"created": 4}
    assert outcome(importer("orders", text)) == {"skipped": 5}


def test_a_foreign_currency_needs_its_rate_and_is_kept(importer):
    head = "订单编号,下单时间,客户编号,金额,币种,汇率\n"
    columns = {
        "订单编号": "order_number",
        "下单时间": "ordered_at",
        "客户编号": "customer_key",
        "金额": "amount",
        "币种": "currency",
        "汇率": "rate",
    }
    text = head + "A1,2026-03-01,K1,100,USD,7.1\nA2,2026-03-01,K1,100,USD,\n"
    run = importer("orders", text, mapping={"columns": columns})
    order = Order.objects.get()
    assert (order.revenue, order.currency, order.rate) == (710, "USD", Decimal("7.1"))
    assert run.issues.get().code == "rate_missing"


def test_the_day_of_an_order_is_that_of_the_companys_zone(importer):
    importer("orders", "订单编号,下单时间,客户编号,金额\nA1,2026-03-01T18:30:00Z,K1,10\n")
    assert Order.objects.get().business_date == date(2026, 3, 2)


def test_dates_that_can_be_read_two_ways_are_asked(importer):
    text = "订单编号,下单时间,客户编号,金额\nA1,03/04/2026,K1,10\nA2,05/06/2026,K1,10\n"
    with pytest.raises(DomainError, match="下单时间"):
        importer("orders", text)
    columns = dict(importer.receive("orders", text).mapping["columns"])
    importer("orders", text, mapping={"columns": columns, "date_orders": {"下单时间": "dmy"}})
    assert Order.objects.get(number="A1").business_date == date(2026, 4, 3)


def test_a_trial_run_counts_the_same_and_writes_nothing(importer):
    text = TWO_ORDERS + "A3,bad,K1,P1,茶杯,,1,1\nA1,2026-03-01 10:00,K1,P9,新品,新类,1,1\n"
    trial = importer("orders", text, dry_run=True)
    assert not Order.objects.exists()
    assert not Product.objects.exists()
    assert importer("orders", text).counts == trial.counts


class TestScope:
    def test_orders_of_invisible_customers_are_refused(self, importer, people):
        make_customer("乙", owner=people.sales_west, source="import", external_key="K1")
        run = importer("orders", TWO_ORDERS, actor=people.manager_east)
        assert {issue.code for issue in run.issues.all()} == {"not_visible"}
        assert outcome(run) == {"created": 1, "failed": 2}
        assert Customer.objects.get(external_key="K2").owner == people.manager_east

    def test_an_order_of_another_team_is_not_replaced(self, importer, people):
        importer("orders", TWO_ORDERS, actor=people.manager_west)
        run = importer("orders", TWO_ORDERS.replace("K1", "K8"), actor=people.manager_east)
        assert set(run.issues.values_list("code", flat=True)) <= {"order_other_customer", "not_visible"}
        assert outcome(run) == {"failed": 3}
        assert Order.objects.get(number="A1").customer.owner == people.manager_west


class TestUndo:
    def test_orders_customers_and_products_go(self, importer):
        run = importer.undo(importer("orders", TWO_ORDERS))
        assert run.state == "undone", run.error
        for model in (Order, Customer, Product):
            assert not model.objects.exists()
        assert not Category.objects.exists()
        assert run.counts["undo"]["kept"] == 0

    def test_a_replaced_order_gets_its_lines_back(self, importer):
        importer("orders", TWO_ORDERS)
        before = list(
            OrderLine.objects.order_by("order", "position").values_list("order", "amount", "quantity")
        )
        header = Order.objects.values().get(number="A1")
        run = importer("orders", HEADER + "A1,2026-03-04,K1,P7,新品,,3,10\n")
        importer.undo(run)
        lines = OrderLine.objects.order_by("order", "position").values_list("order", "amount", "quantity")
        after = Order.objects.values().get(number="A1")
        assert list(lines) == before
        assert {n for n in header if header[n] != after[n]} <= {"updated_at"}
        assert not Product.objects.filter(sku="P7").exists()


def test_an_old_excel_workbook_is_imported_like_its_text(importer, tmp_path):
    head = ["订单编号", "下单时间", "客户名称", "商品编码", "数量", "单价"]
    rows = [
        ["A1", "2026-03-01", "上海远达贸易有限公司", "P1", 2, 10.5],
        ["A2", "2026-03-02", "", "P2", -1, 99],
    ]
    data = write_xls(tmp_path / "old.xls", [head, *rows]).read_bytes()
    run = importer("orders", data, file_name="old.xls")
    assert outcome(run) == {"created": 2}, run.error
    found = {order.number: (order.revenue, order.returned) for order in Order.objects.all()}
    assert found == {"A1": (21, 0), "A2": (0, 99)}
    text = "\n".join(",".join(map(str, row)) for row in [head, *rows])
    assert outcome(importer("orders", text)) == {"skipped": 2}


# The whole file with its published figures: tests/browser/test_main_path.py.
def test_the_first_rows_as_a_workbook_give_the_same_as_their_text_and_nothing_the_second_time(
    importer, data_dir
):
    data = (data_dir / "online_retail/online_retail_first50000.xlsx").read_bytes()
    run = importer("orders", data, file_name="online_retail.xlsx")
    assert outcome(run) == {"created": 50_000}, run.error
    assert OrderLine.objects.filter(order__customer__isnull=True).count() == 17_881
    net = Order.objects.aggregate(net=Sum("revenue") - Sum("returned"))["net"]
    free = OrderLine.objects.filter(kind="free").aggregate(n=Sum("amount"))["n"] or 0
    assert net + free == Decimal("840620.5")
    assert outcome(importer("orders", data, file_name="online_retail.xlsx")) == {"skipped": 50_000}
