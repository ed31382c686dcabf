"""Headings are understood in both languages, checked against the cells, and corrected by people."""

from __future__ import annotations

import pytest

from zhike.analytics.columns import (
    ENTITIES,
    FIELDS,
    PRESETS,
    customer_column,
    field_named,
    fitting_preset,
    match_columns,
    plain_name,
)
from zhike.analytics.tabular import PARSERS, TableError, open_table


def matched(headers: str, entity: str = "orders", *rows: str) -> dict[str, str]:
    sample = [row.split(",") for row in rows]
    return match_columns(headers.split(","), sample, entity).columns


def of_file(path, entity):
    table = open_table(path)
    return match_columns(table.headers, [row.cells for row in table.preview(50).rows], entity)


def test_chinese_order_headings_are_understood():
    assert matched("下单时间,客户,手机号,商品,数量,单价(元),金额（元）,状态") == {
        "ordered_at": "下单时间",
        "customer_name": "客户",
        "customer_phone": "手机号",
        "product_name": "商品",
        "quantity": "数量",
        "unit_price": "单价(元)",
        "amount": "金额（元）",
        "status": "状态",
    }


def test_customer_headings_of_both_languages_are_understood():
    chinese = matched(
        "客户名称,客户编号,联系电话,邮箱,所属行业,省份,城市,详细地址,负责人,客户来源,性别,出生日期,公司规模",
        "customers",
    )
    english = matched(
        "Name,Customer ID,Phone,Email,Industry,State,City,Street Address,Owner,Source,Sex,DOB,Company Size",
        "customers",
    )
    assert set(chinese) == set(english)
    assert len(chinese) == 13


def test_contacts_and_products_are_understood():
    assert set(matched("公司名称,联系人,职务,手机,邮箱", "contacts")) == {
        "customer_name",
        "name",
        "title",
        "phone",
        "email",
    }
    assert set(matched("商品编码,商品名称,分类,售价,成本价,计量单位", "products")) == {
        "sku",
        "name",
        "category",
        "price",
        "cost",
        "unit",
    }


@pytest.mark.parametrize(
    "heading",
    ["Customer ID", "customer_id", "CustomerID", "CUSTOMER-ID", "customer id*", "Customer ID (required)"],
)
def test_spelling_of_a_heading_does_not_matter(heading):
    assert matched(heading)["customer_key"] == heading


def test_a_more_telling_heading_wins_over_a_vaguer_one():
    found = matched(
        "Order ID,Order Date,Ship Date,Customer ID,Customer Name,Product ID,Product Name,Sales,Quantity"
    )
    assert found["ordered_at"] == "Order Date"
    assert found["amount"] == "Sales"
    assert "Ship Date" not in found.values()


def test_cells_that_are_no_dates_take_a_heading_out_of_the_running():
    assert (
        matched("Date,Purchase Date", "orders", "blue,2026-01-02", "red,2026-01-03")["ordered_at"]
        == "Purchase Date"
    )


def test_a_lone_column_of_dates_under_a_meaningless_heading_is_proposed():
    found = match_columns(["x1", "Customer ID", "Amount"], [["2026-01-02", "A", "3"]] * 4, "orders")
    assert found.columns["ordered_at"] == "x1"
    assert found.scores["ordered_at"] < found.scores["amount"]


def test_bare_numbers_are_never_taken_for_dates_by_their_values():
    assert "ordered_at" not in matched("x1,Customer ID", "orders", *["45000,A"] * 5)


def test_what_nobody_understands_is_left_over():
    assert match_columns(["客户编号", "星座"], [], "customers").unmapped == ("星座",)


def test_required_fields_without_a_column_are_named():
    assert match_columns(["星座"], [], "orders").missing == ("customer_key", "ordered_at")


def test_a_phone_may_stand_in_for_the_customer_key():
    found = match_columns(["手机号", "下单日期", "金额"], [], "orders")
    assert found.missing == ()
    assert customer_column(found.columns) == "customer_phone"


def test_a_person_can_set_and_empty_fields():
    headers = ["客户编号", "下单日期", "金额", "会员卡"]
    found = match_columns(headers, [], "orders").with_overrides(
        {"external_key": "会员卡", "amount": None}, headers
    )
    assert found.columns == {"customer_key": "会员卡", "ordered_at": "下单日期"}
    assert set(found.unmapped) == {"客户编号", "金额"}


def test_a_column_that_is_not_there_is_refused_with_the_list():
    headers = ["客户编号", "下单日期"]
    with pytest.raises(TableError) as error:
        match_columns(headers, [], "orders").with_overrides({"amount": "总额"}, headers)
    assert error.value.code == "column_unknown"
    assert "客户编号" in error.value.text("zh")


@pytest.mark.parametrize(
    ("code", "headers"),
    [
        (
            "uci_online_retail",
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        ),
        (
            "uci_online_retail_ii",
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        ),
        (
            "taobao_orders",
            "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,收货人姓名,联系手机,"
            "订单创建时间,订单付款时间,宝贝标题,宝贝种类,宝贝总数量,店铺名称",
        ),
        (
            "taobao_lines",
            "子订单编号,主订单编号,标题,价格,购买数量,商家编码,买家应付货款,买家实际支付金额,订单状态,订单创建时间,买家会员名",
        ),
        (
            "youzan_lines",
            "订单号,外部订单号,订单商品状态,交易成功时间,商品名称,商品类目,规格编码,商品编码,商品单价,商品优惠后价格,商品数量,"
            "商品金额小计,商品实际成交金额,收货人/提货人,收货人手机号/提货人手机号,收货人省份",
        ),
        (
            "youzan_orders",
            "订单号,销售渠道,订单状态,订单创建时间,买家付款时间,商品金额合计,应收订单金额,订单实付金额,全部商品名称,买家昵称,买家手机号",
        ),
        ("kingdee_cloud", "单据编号,日期,客户,物料编码,物料名称,实发数量,含税单价,价税合计"),
        ("kingdee_k3", "日期,单据编号,购货单位,产品代码,产品名称,单位,实发数量,销售单价,销售金额"),
        (
            "yonyou",
            "单据日期,单据编号,客户编码,客户简称,业务员,存货编码,存货名称,规格型号,数量,含税单价,价税合计",
        ),
    ],
)
def test_a_known_export_is_recognized_and_complete(code, headers):
    found = match_columns(headers.split(","), [], "orders")
    assert found.preset == code
    assert found.missing == ()
    assert {"order_number", "ordered_at", "product_name"} <= set(found.columns)
    assert {"amount", "unit_price"} & set(found.columns)


def test_of_several_amounts_in_a_taobao_export_the_one_paid_is_taken():
    found = matched("订单编号,买家会员名,买家应付货款,总金额,买家实际支付金额,订单状态,订单创建时间,宝贝标题")
    assert found["amount"] == "买家实际支付金额"


def test_presets_name_only_fields_that_exist():
    for preset in PRESETS:
        assert set(preset.columns) <= {field.name for field in FIELDS[preset.entity]}
        assert preset.label("zh")
        assert preset.label("en")
        assert fitting_preset(preset.signature, preset.entity) is preset


def test_every_field_has_words_and_a_kind_that_can_be_parsed():
    for entity in ENTITIES:
        names = [field.name for field in FIELDS[entity]]
        assert len(names) == len(set(names))
        for field in FIELDS[entity]:
            assert field.kind in PARSERS
            assert not field.zh.isascii() or field.zh == field.en
            assert match_columns([field.zh], [], entity).columns == {field.name: field.zh}
            assert match_columns([field.en], [], entity).columns == {field.name: field.en}


def test_external_key_is_another_word_for_the_customer_key():
    assert field_named("customers", "external_key").name == "customer_key"


def test_units_and_notes_in_brackets_do_not_matter():
    assert plain_name("金额（元）") == plain_name("金额(万元)") == plain_name(" 金 额 ") == "金额"


def test_real_files_are_matched(data_dir):
    superstore = of_file(data_dir / "superstore/superstore_orders.csv.gz", "orders")
    assert superstore.columns["amount"] == "Sales"
    assert superstore.columns["profit"] == "Profit"
    assert superstore.columns["category"] == "Category"
    cdnow = of_file(data_dir / "cdnow_sample/cdnow_sample.csv.gz", "orders")
    assert cdnow.columns == {
        "customer_key": "customer_id",
        "amount": "amount",
        "quantity": "cds",
        "ordered_at": "date",
    }
    contacts = of_file(data_dir / "chicago_contacts/contacts_messy.csv.gz", "customers")
    assert contacts.columns["phone"] == "Phone"
    assert contacts.columns["email"] == "Email Address"
    assert (
        of_file(data_dir / "crm_sales_opportunities/accounts.csv.gz", "customers").columns["industry"]
        == "sector"
    )
