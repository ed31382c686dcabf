"""The fields a table can fill, with what people call them in Chinese and English.

Names are compared without case, spaces, punctuation and units, so `Customer ID`, `customer_id` and
`客户编号（必填）` need no entries of their own.
"""

# ruff: noqa: E501 - the names of a field are one list, searched more often than read
from __future__ import annotations

from dataclasses import dataclass

ENTITIES = ("customers", "contacts", "products", "orders")


@dataclass(frozen=True, slots=True)
class Field:
    """What a column may mean, with the headings by which it is recognized in either language."""

    name: str
    #: What the cells should hold: a key of `tabular.PARSERS`.
    kind: str
    zh: str
    en: str
    #: The first names fit best; later ones only when no column has an earlier one.
    names: tuple[str, ...]
    required: bool = False

    def label(self, lang: str) -> str:
        return self.zh if lang.lower().startswith("zh") else self.en


def _field(name: str, kind: str, zh: str, en: str, names: str, *, required: bool = False) -> Field:
    given = tuple(part.strip() for part in names.split("|"))
    return Field(name, kind, zh, en, (zh, en, name, *given), required)


_CUSTOMER_KEY = (
    "客户编码|客户代码|客户号|客户ID|会员编号|会员号|会员ID|会员卡号|顾客编号|用户ID|用户编号|买家ID|购货单位代码|"
    "客户唯一标识|CustomerID|Customer Number|Customer No|Customer Code|CustomerKey|Cust ID|Client ID|ClientNo|"
    "Account ID|Account Number|User ID|Member ID|Buyer ID|External ID|External Key|外部编号|Consumer ID|master_id"
)
_CUSTOMER_NAME = (
    "客户名称|客户全称|客户简称|客户|往来单位|购货单位|购货单位名称|购买方|购买方名称|买家会员名|买家昵称|买家姓名|买家|"
    "会员名|会员姓名|会员名称|顾客姓名|顾客|收货人/提货人|收货人姓名|收货人|企业名称|公司名称|Customer|Client|Client Name|"
    "Buyer|Buyer Name|Account|Account Name|Company|Company Name|Full Name|Ship To Name|Bill To Name"
)
_PHONE = (
    "手机|手机号|手机号码|联系电话|电话号码|固定电话|座机|联系手机|移动电话|联系方式|Mobile|Mobile Phone|Phone Number|"
    "Telephone|Tel|Cell|Cell Phone|Contact Number"
)
_EMAIL = "邮箱|电子邮箱|邮箱地址|E-mail|Mail|Email Address|邮件|Electronic Mail"
_PRODUCT_KEY = (
    "商品编号|产品编码|产品编号|产品代码|物料编码|物料编号|物料代码|存货编码|存货编号|存货代码|货号|款号|条码|商品条码|规格编码|商家编码|"
    "SKU编码|SKU ID|StockCode|Stock Code|Product ID|Product Code|Item ID|Item Code|Item Number|Item No|Material|"
    "Part Number|Lineitem sku|ASIN"
)
_PRODUCT_NAME = (
    "商品名|商品|产品名称|产品|宝贝标题|宝贝名称|物料名称|存货名称|品名|货品名称|货物名称|商品标题|全部商品名称|Product|Item|Item Name|"
    "Product Title|Description|Item Description|Product Description|Lineitem name"
)
_CATEGORY = (
    "类别|分类|品类|类目|商品类目|商品目录|产品类别|产品分类|商品类别|存货分类|存货大类|物料分组|物料类别|一级分类|大类|"
    "Product Category|Category Name|Product Type|Type of Product|Department|Product Line"
)
_STATUS = "状态|交易状态|订单商品状态|单据状态|付款状态|Order Status|Financial Status|State of Order"
_COUNTRY = "国家/地区|Country/Region|Nation|Country Name|Shipping Country|Billing Country"
_PROVINCE = "省|省市|收货人省份|所在省|所属省份|State|Region|State/Province|Shipping Province"
_CITY = "市|收货人城市|所在城市|地市|Town|Shipping City"
_OWNER = "负责人|业务员|销售员|销售人员|客户经理|所属销售|跟进人|归属人|Sales Person|Salesperson|Sales Rep|Account Manager|Owner Name"

CUSTOMERS = (
    _field("customer_key", "key", "客户编号", "Customer ID", _CUSTOMER_KEY + "|编号|代码|ID|Key|Code"),
    _field("name", "text", "客户名称", "Customer name", _CUSTOMER_NAME + "|名称|姓名|Name", required=True),
    _field(
        "kind",
        "text",
        "客户性质",
        "Customer kind",
        "客户类别|个人/企业|企业或个人|Person or Company|B2B/B2C|性质",
    ),
    _field("phone", "phone", "电话", "Phone", _PHONE),
    _field("email", "email", "电子邮件", "Email", _EMAIL),
    _field(
        "industry", "text", "行业", "Industry", "所属行业|行业类别|行业名称|Sector|Line of Business|行业代码"
    ),
    _field(
        "size",
        "text",
        "规模",
        "Size",
        "企业规模|公司规模|人员规模|员工人数|Company Size|Employees|Number of Employees|Headcount",
    ),
    _field("business_model", "text", "经营模式", "Business model", "商业模式|业务模式|经营类型"),
    _field(
        "customer_type",
        "text",
        "客户类型",
        "Customer type",
        "类型|客户分类|Type|Segment|Customer Segment|Account Type",
    ),
    _field("country", "text", "国家", "Country", _COUNTRY),
    _field("province", "text", "省份", "Province", _PROVINCE + "|地区|区域|所在地区"),
    _field("city", "text", "城市", "City", _CITY),
    _field(
        "address",
        "text",
        "地址",
        "Address",
        "详细地址|联系地址|通讯地址|公司地址|收货地址|Street|Street Address|Address 1|Office Location",
    ),
    _field("gender", "gender", "性别", "Gender", "Sex|称谓|Salutation"),
    _field(
        "birthday", "date", "生日", "Birthday", "出生日期|出生年月日|Birth Date|Date of Birth|DOB|BirthDate"
    ),
    _field(
        "source",
        "text",
        "来源",
        "Source",
        "客户来源|获客渠道|来源渠道|渠道|Channel|Lead Source|Acquisition Channel",
    ),
    _field("owner", "text", "负责人", "Owner", _OWNER),
    _field("tags", "text", "标签", "Tags", "客户标签|Labels|Label|Tag"),
    _field("note", "text", "备注", "Note", "说明|客户备注|Notes|Remark|Remarks|Comment|Comments|Memo"),
    _field(
        "created",
        "date",
        "创建日期",
        "Created",
        "创建时间|建档日期|注册时间|注册日期|开户日期|入会时间|录入日期|Created At|Created On|Created Date|Signup Date|Registration Date|Customer Since|Join Date",
    ),
)

CONTACTS = (
    _field("customer_key", "key", "客户编号", "Customer ID", _CUSTOMER_KEY),
    _field(
        "customer_name",
        "text",
        "客户名称",
        "Customer name",
        "客户全称|客户简称|客户|公司|公司名称|企业名称|所属客户|所属公司|单位|单位名称|Company|Company Name|Account|Account Name|Organization|Customer",
    ),
    _field(
        "name",
        "text",
        "联系人姓名",
        "Contact name",
        "联系人|姓名|名字|Contact|Contact Person|Full Name|Person|Name",
        required=True,
    ),
    _field("role", "text", "角色", "Role", "联系人角色|决策角色|Decision Role|Contact Role"),
    _field("title", "text", "职务", "Job title", "职位|岗位|头衔|部门职务|Title|Position|Job"),
    _field("phone", "phone", "电话", "Phone", _PHONE),
    _field("email", "email", "电子邮件", "Email", _EMAIL),
    _field("gender", "gender", "性别", "Gender", "Sex|称谓|Salutation"),
    _field("birthday", "date", "生日", "Birthday", "出生日期|Birth Date|Date of Birth|DOB"),
    _field("note", "text", "备注", "Note", "说明|Notes|Remark|Remarks|Comment|Memo"),
)

PRODUCTS = (
    _field("sku", "key", "商品编码", "SKU", _PRODUCT_KEY + "|编码|编号|Code|ID", required=True),
    _field("name", "text", "商品名称", "Product name", _PRODUCT_NAME + "|名称|Name"),
    _field("category", "text", "商品分类", "Category", _CATEGORY + "|Series"),
    _field(
        "price",
        "amount",
        "售价",
        "Price",
        "价格|单价|销售价|零售价|标准售价|参考售价|含税单价|List Price|Sales Price|Sale Price|Unit Price|Retail Price|MSRP",
    ),
    _field(
        "cost",
        "amount",
        "成本",
        "Cost",
        "成本价|进价|采购价|单位成本|参考成本|商品成本价|最新成本|Unit Cost|Cost Price|Purchase Price|COGS",
    ),
    _field("unit", "text", "单位", "Unit", "计量单位|销售单位|主计量|Unit of Measure|UOM"),
    _field("note", "text", "备注", "Note", "说明|Notes|Remark|Remarks"),
)

ORDERS = (
    _field(
        "order_number",
        "key",
        "订单编号",
        "Order number",
        "订单号|主订单编号|单据编号|单据号|销售订单号|出库单号|发票号|发票号码|交易号|交易编号|流水号|小票号|编号|Order ID|Order No|InvoiceNo|Invoice|Invoice Number|Invoice ID|Transaction ID|Receipt|Receipt Number|Sales Order|Document Number|Order",
    ),
    _field("customer_key", "key", "客户编号", "Customer ID", _CUSTOMER_KEY, required=True),
    _field("customer_name", "text", "客户名称", "Customer name", _CUSTOMER_NAME),
    _field(
        "customer_phone",
        "phone",
        "客户电话",
        "Customer phone",
        "买家手机号|收货人手机号/提货人手机号|收货人手机号|收货人电话|" + _PHONE + "|Phone|电话",
    ),
    _field("customer_email", "email", "客户邮箱", "Customer email", _EMAIL + "|Email|电子邮件"),
    _field(
        "ordered_at",
        "date",
        "下单日期",
        "Order date",
        "下单时间|订单日期|订单时间|订单创建时间|订单付款时间|买家付款时间|付款时间|支付时间|成交时间|交易时间|交易成功时间|单据日期|业务日期|销售日期|开票日期|购买日期|消费日期|日期|时间|Order Time|InvoiceDate|Invoice Date|Ordered At|Purchase Date|Transaction Date|Order Purchase Timestamp|Sale Date|Sales Date|Created At|Paid At|Date|Datetime|Timestamp",
        required=True,
    ),
    _field("sku", "key", "商品编码", "SKU", _PRODUCT_KEY),
    _field("product_name", "text", "商品名称", "Product name", _PRODUCT_NAME),
    _field("category", "text", "商品分类", "Category", _CATEGORY),
    _field(
        "quantity",
        "quantity",
        "数量",
        "Quantity",
        "购买数量|商品数量|销售数量|实发数量|出库数量|开票数量|宝贝总数量|件数|Qty|Order Quantity|Units|Units Sold|Lineitem quantity|Items|CDs",
    ),
    _field(
        "unit_price",
        "amount",
        "单价",
        "Unit price",
        "商品单价|含税单价|成交单价|销售单价|实际单价|售价|价格|UnitPrice|Price|Item Price|Sale Price|Sales Price|Lineitem price|Price Each",
    ),
    _field(
        "amount",
        "amount",
        "金额",
        "Amount",
        "商品实际成交金额|实付金额|订单实付金额|买家实际支付金额|买家实付金额|实收金额|实际支付金额|支付金额|成交金额|成交额|价税合计|含税金额|销售金额|销售额|订单金额|总金额|总价|小计|商品金额小计|合计金额|应收金额|消费金额|Sales|Total|Total Amount|Total Price|Line Total|Subtotal|Sales Amount|Order Amount|Revenue|Net Sales|Grand Total|Spend|Payment",
    ),
    _field(
        "unit_cost",
        "amount",
        "单位成本",
        "Unit cost",
        "成本单价|成本价|商品成本价|单件成本|Cost Price|Cost Per Unit",
    ),
    _field(
        "cost",
        "amount",
        "成本金额",
        "Cost",
        "成本|销售成本|总成本|成本额|Total Cost|Cost of Goods|COGS|Cost Amount",
    ),
    _field("profit", "amount", "毛利", "Profit", "利润|毛利额|毛利润|Gross Profit|Margin"),
    _field("status", "text", "订单状态", "Status", _STATUS),
    _field(
        "returned",
        "boolean",
        "是否退货",
        "Returned",
        "退货|是否退款|退货标志|Is Return|Return Flag|Is Returned|Refunded",
    ),
    _field("currency", "text", "币种", "Currency", "币别|货币|Currency Code"),
    _field("country", "text", "国家", "Country", _COUNTRY),
    _field("province", "text", "省份", "Province", _PROVINCE),
    _field("city", "text", "城市", "City", _CITY),
    _field("owner", "text", "业务员", "Salesperson", _OWNER),
    _field(
        "note", "text", "备注", "Note", "订单备注|买家备注|商家订单备注|买家留言|Notes|Remark|Remarks|Comment"
    ),
)

FIELDS: dict[str, tuple[Field, ...]] = {
    "customers": CUSTOMERS,
    "contacts": CONTACTS,
    "products": PRODUCTS,
    "orders": ORDERS,
}


def field_named(entity: str, name: str) -> Field:
    """The field of an entity; `external_key` is another word for `customer_key`."""
    wanted = "customer_key" if name == "external_key" else name
    return next(field for field in FIELDS[entity] if field.name == wanted)
