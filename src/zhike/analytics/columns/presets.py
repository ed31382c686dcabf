"""Column mappings of exports that many companies have.

A preset applies when all headings of its signature are in the file; it then decides before the general
matching, because in such exports several columns could be meant (what the buyer owed, paid, got back).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhike.analytics.columns.names import plain_name


@dataclass(frozen=True, slots=True)
class Preset:
    """The export of a known program: which heading holds which field."""

    code: str
    zh: str
    en: str
    entity: str
    signature: tuple[str, ...]
    #: field → headings; the first that the file has is taken.
    columns: dict[str, tuple[str, ...]]
    #: A ledger writes number, date and customer in the first row of a document and leaves them blank below.
    fills_down: bool = False

    def label(self, lang: str) -> str:
        return self.zh if lang.lower().startswith("zh") else self.en

    def fits(self, headers: Sequence[str]) -> bool:
        names = {plain_name(header) for header in headers}
        return all(plain_name(wanted) in names for wanted in self.signature)

    def apply(self, headers: Sequence[str]) -> dict[str, str]:
        """field → header as the file spells it."""
        by_name = {plain_name(header): header for header in reversed(headers)}
        found: dict[str, str] = {}
        for field, wanted in self.columns.items():
            header = next((by_name[plain_name(name)] for name in wanted if plain_name(name) in by_name), None)
            if header is not None:
                found[field] = header
        return found


def _preset(
    code: str, zh: str, en: str, signature: str, *, fills_down: bool = False, **columns: str
) -> Preset:
    split = {field: tuple(names.split("|")) for field, names in columns.items()}
    return Preset(code, zh, en, "orders", tuple(signature.split("|")), split, fills_down)


# UCI 352 "Online Retail" (2010-2011), doi:10.24432/C5BW33.
_ONLINE_RETAIL = _preset(
    "uci_online_retail",
    "UCI Online Retail",
    "UCI Online Retail",
    "InvoiceNo|StockCode|InvoiceDate|UnitPrice|CustomerID",
    order_number="InvoiceNo",
    sku="StockCode",
    product_name="Description",
    quantity="Quantity",
    ordered_at="InvoiceDate",
    unit_price="UnitPrice",
    customer_key="CustomerID",
    country="Country",
)

# UCI 502 "Online Retail II" (2009-2011), doi:10.24432/C5CG6D: other names for three of the columns.
_ONLINE_RETAIL_II = _preset(
    "uci_online_retail_ii",
    "UCI Online Retail II",
    "UCI Online Retail II",
    "Invoice|StockCode|InvoiceDate|Price|Customer ID",
    order_number="Invoice",
    sku="StockCode",
    product_name="Description",
    quantity="Quantity",
    ordered_at="InvoiceDate",
    unit_price="Price",
    customer_key="Customer ID",
    country="Country",
)

# Youzan (有赞) shop administration, 订单 > 导出: the list per product of an order, with headings as
# merchants' export templates have them (订单号, 订单商品状态, … 商品实际成交金额, 收货人/提货人, …).
_YOUZAN_LINES = _preset(
    "youzan_lines",
    "有赞订单（按商品）",
    "Youzan orders (by product)",
    "订单号|订单商品状态|商品名称|商品数量|商品实际成交金额",
    order_number="订单号",
    ordered_at="订单创建时间|买家付款时间|下单时间|交易成功时间|商品发货时间",
    customer_key="买家手机号|收货人手机号/提货人手机号|收货人手机号/提货人手机",
    customer_phone="买家手机号|收货人手机号/提货人手机号|收货人手机号/提货人手机",
    customer_name="买家姓名|买家昵称|收货人/提货人",
    sku="规格编码|商品编码",
    product_name="商品名称",
    category="商品类目|商品目录",
    quantity="商品数量",
    unit_price="商品优惠后价格|商品单价",
    amount="商品实际成交金额",
    unit_cost="商品成本价",
    status="订单商品状态",
    province="收货人省份",
    city="收货人城市",
    note="商家订单备注|买家备注",
)

# Youzan, the list per order (订单号, 销售渠道, … 订单实付金额, … 买家手机号 …).
_YOUZAN_ORDERS = _preset(
    "youzan_orders",
    "有赞订单（按订单）",
    "Youzan orders (by order)",
    "订单号|订单状态|订单创建时间|订单实付金额|全部商品名称",
    order_number="订单号",
    ordered_at="买家付款时间|订单创建时间",
    customer_key="买家手机号|收货人手机号/提货人手机号",
    customer_phone="买家手机号|收货人手机号/提货人手机号",
    customer_name="买家姓名|买家昵称|收货人/提货人",
    product_name="全部商品名称",
    amount="订单实付金额",
    status="订单状态",
    province="收货人省份",
    city="收货人城市",
    owner="专属导购|销售导购",
    note="商家订单备注|买家备注",
)

# Taobao / Tmall seller centre, 已卖出的宝贝 > 批量导出 (ExportOrderList): one row per order.
_TAOBAO_ORDERS = _preset(
    "taobao_orders",
    "淘宝/天猫订单报表",
    "Taobao and Tmall order report",
    "订单编号|买家会员名|买家应付货款|订单状态|订单创建时间",
    order_number="订单编号",
    customer_key="买家会员名",
    customer_name="收货人姓名|收货人|买家会员名",
    customer_phone="联系手机|联系电话",
    ordered_at="订单付款时间|订单创建时间",
    product_name="宝贝标题",
    quantity="宝贝总数量",
    amount="买家实际支付金额|买家实付金额|总金额|买家应付货款",
    status="订单状态",
    note="订单备注|买家留言",
)

# The same place, 宝贝报表 (ExportOrderDetailList): one row per product of an order.
_TAOBAO_LINES = _preset(
    "taobao_lines",
    "淘宝/天猫宝贝报表",
    "Taobao and Tmall product report",
    "子订单编号|标题|价格|购买数量|订单状态",
    order_number="主订单编号|订单编号|子订单编号",
    customer_key="买家会员名",
    ordered_at="订单付款时间|订单创建时间",
    product_name="标题",
    sku="商家编码|外部系统编号",
    quantity="购买数量",
    unit_price="价格",
    amount="买家实际支付金额|买家应付货款",
    status="订单状态",
    note="备注",
)

# Kingdee (金蝶) Cloud Galaxy 销售出库单, form SAL_OUTSTOCK, list with its lines; names as in the vendor's
# list of fields (单据编号 FBillNo, 日期 FDate, 客户 FCustomerID, 物料编码, 实发数量 FRealQty, 价税合计).
_KINGDEE_CLOUD = _preset(
    "kingdee_cloud",
    "金蝶云星空销售出库单",
    "Kingdee Cloud sales delivery list",
    "单据编号|日期|客户|物料编码|实发数量",
    fills_down=True,
    order_number="单据编号",
    ordered_at="日期",
    customer_key="客户编码|客户代码|客户",
    customer_name="客户名称|客户",
    sku="物料编码",
    product_name="物料名称",
    quantity="实发数量",
    unit_price="含税单价|单价",
    amount="价税合计|价税合计（本位币）|金额",
    cost="总成本|成本金额|总成本（本位币）",
    status="单据状态",
    currency="结算币别|币别",
    owner="销售员",
    note="备注",
)

# Kingdee K/3 and KIS 销售出库序时簿: 购货单位 is K/3's word for the customer (SEOrder.FCustID).
_KINGDEE_K3 = _preset(
    "kingdee_k3",
    "金蝶 K/3、KIS 销售出库序时簿",
    "Kingdee K/3 and KIS sales delivery ledger",
    "日期|单据编号|购货单位|产品名称",
    fills_down=True,
    order_number="单据编号",
    ordered_at="日期",
    customer_key="购货单位代码|购货单位",
    customer_name="购货单位|购货单位名称",
    sku="产品长代码|产品代码|产品编码",
    product_name="产品名称",
    quantity="实发数量|数量",
    unit_price="销售单价|含税单价",
    amount="价税合计|销售金额|金额",
    unit_cost="单位成本",
    cost="成本",
    owner="业务员",
    note="备注|摘要",
)

# Yonyou (用友) U8 and T+ 销售明细账 / 销货单明细表: 存货 is its word for a product (cInvCode, cInvName),
# 价税合计 the line's total with tax (iSum), 客户简称 cCusAbbName.
_YONYOU = _preset(
    "yonyou",
    "用友 U8、T+ 销售明细账",
    "Yonyou U8 and T+ sales ledger",
    "单据日期|单据编号|存货编码|存货名称|数量",
    fills_down=True,
    order_number="单据编号",
    ordered_at="单据日期",
    customer_key="客户编码|往来单位编码|客户|客户名称|客户简称|往来单位",
    customer_name="客户名称|客户简称|客户|往来单位名称|往来单位",
    sku="存货编码",
    product_name="存货名称",
    category="存货分类|存货分类名称|存货大类",
    quantity="数量",
    unit_price="含税单价|单价|报价",
    amount="价税合计|含税金额|金额",
    cost="成本|销售成本|成本金额",
    currency="币种",
    owner="业务员|业务员名称",
    note="备注",
)

PRESETS: tuple[Preset, ...] = (
    _ONLINE_RETAIL,
    _ONLINE_RETAIL_II,
    _YOUZAN_LINES,
    _YOUZAN_ORDERS,
    _TAOBAO_ORDERS,
    _TAOBAO_LINES,
    _KINGDEE_CLOUD,
    _KINGDEE_K3,
    _YONYOU,
)


def fitting_preset(headers: Sequence[str], entity: str) -> Preset | None:
    """The first known export of this entity whose signature the headings carry."""
    return next((preset for preset in PRESETS if preset.entity == entity and preset.fits(headers)), None)
