"""Every component on one page, with made-up data: for tests to look at, no part of the product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils.translation import gettext as _

from zhike.conf.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401
from zhike.platform import charts
from zhike.platform.errors import Conflict
from zhike.platform.figures import Figure
from zhike.platform.tables import Column, FilterChip, Table, with_query

TIERS = ["青铜", "白银", "黄金", "钻石"]
STAGES = ["potential", "first_purchase", "repeat", "high_value", "at_risk", "lost"]


@dataclass
class Record:
    pk: int
    name: str
    city: str
    tier: int
    stage: str
    abc: str
    revenue: Decimal
    orders: int
    last: date
    risk: float

    @property
    def tier_label(self) -> str:
        return TIERS[self.tier - 1] if self.tier else ""


COLUMNS = (
    Column("name", "客户", url=lambda r: f"/customers/{r.pk}/", sub="city", sort="name"),
    Column("tier", "等级", kind="tier", label_of="tier_label", sort="tier"),
    Column("stage", "生命周期", kind="stage", label_of=lambda r: r.stage),
    Column("abc", "ABC", kind="abc"),
    Column("revenue", "净收入", kind="money", sort="revenue"),
    Column("orders", "订单数", kind="number", sort="orders"),
    Column("last", "最近购买", kind="day", sort="last"),
    Column("risk", "流失风险", kind="progress"),
    Column("city", "城市"),
    Column("share", "占比", kind="percent", value="risk", default=False),
    Column("industry", "行业", value=lambda r: "电子元器件与仪器仪表制造"),
    Column("owner", "负责人", value=lambda r: "陈晓明"),
)


def records() -> list[Record]:
    return [
        Record(
            i,
            f"武汉瑞通医疗器械有限公司{i}",
            "武汉",
            i % 5,
            STAGES[i % 6],
            "ABC"[i % 3],
            Decimal(10351888) / (i + 1),
            3812 - i * 100,
            date(2026, 11, 21 - i),
            0.07 * i,
        )
        for i in range(12)
    ]


def figures() -> list[Figure]:
    on = date(2026, 11, 21)
    return [
        Figure("客户数", 20000, previous=19240, url="/a", as_of=on, icon="users"),
        Figure(
            "净收入", Decimal("83510612.40"), "money", Decimal("80110000"), url="/b", as_of=on, icon="cash"
        ),
        Figure("流失高风险", 335, previous=301, better="down", url="/c", as_of=on, icon="alert-triangle"),
        Figure("复购率", 0.4312, "percent", 0.4402, url="/d", as_of=on, icon="repeat"),
        Figure("平均购买间隔", 41, "days", 41, better="down", as_of=on, icon="clock"),
        Figure("客单价", Decimal("1284.5"), "money", None, url="/e", as_of=on, icon="receipt"),
        Figure("前 20 % 客户贡献", 0.746, "percent", 0.75, better="", url="/f", as_of=on, icon="chart-line"),
        Figure("无人跟进的重点客户", None, as_of=on, icon="user-off"),
    ]


def gallery_charts() -> dict[str, charts.Chart]:
    s = charts.Slice
    months = [f"2026-{m:02d}" for m in range(1, 12)]
    nodes = [charts.Node(str(r), TIERS[r - 1], charts.tier_color(r)) for r in (4, 3, 2, 1)]
    ranks = (4, 3, 2, 1)
    flows = [
        charts.Flow(str(a), str(b), 4000 // (1 + abs(a - b) * 9) // a, f"/m/{a}/{b}")
        for a in ranks
        for b in ranks
    ]
    curve = [(x / 100, (x / 100) ** 0.18) for x in range(101)]
    return {
        "donut": charts.donut(
            title="等级分布",
            slices=[
                s(TIERS[r - 1], v, f"/t/{r}", charts.tier_color(r))
                for r, v in ((4, 812), (3, 2210), (2, 6480), (1, 10498))
            ],
        ),
        "bars": charts.bars(
            title="行业",
            labels=["批发零售", "电子元器件与仪器仪表", "医疗器械", "食品"],
            series=[charts.Series("净收入", [52300000, 31200000, 18400000, 912000], ["/i/1"] * 4)],
            unit="money",
            horizontal=True,
        ),
        "stacked": charts.bars(
            title="月度",
            labels=months,
            series=[
                charts.Series(
                    TIERS[r - 1], [r * 1000 + m * 120 for m in range(11)], color=charts.tier_color(r)
                )
                for r in (4, 3, 2, 1)
            ],
            unit="orders",
            stacked=True,
        ),
        "line": charts.line(
            title="收入",
            labels=months,
            series=[
                charts.Series("净收入", [m * 1_234_567 + 4e6 for m in range(11)]),
                charts.Series("退货", [m * 60_000 + 2e5 for m in range(11)]),
            ],
            area=True,
        ),
        "pareto": charts.pareto(
            title="帕累托",
            points=curve,
            marks=[charts.Mark(0.2, 0.2**0.18, "前 20 % 客户贡献 74.8 %", "/p")],
            x_title="客户占比",
            y_title="收入占比",
        ),
        "heat": charts.heat_grid(
            title="RFM",
            x_labels="12345",
            y_labels="12345",
            cells=[
                charts.Cell(x, y, (x + 1) * (y + 2) * 37, f"/rfm/{x}{y}") for x in range(5) for y in range(5)
            ],
            x_title="R 分",
            y_title="F 分",
        ),
        "sankey": charts.sankey(
            title="迁移",
            left=nodes,
            right=nodes,
            left_title="2026-10-21",
            right_title="2026-11-21",
            flows=flows,
        ),
        "china": charts.china(
            title="地区",
            values={
                "44": (4210, "/r/44"),
                "31": (2890, "/r/31"),
                "33": (3102, ""),
                "32": (2710, ""),
                "11": (1900, ""),
                "51": (1402, ""),
            },
        ),
        "nothing": charts.donut(title="空", slices=[]),
    }


class GalleryForm(forms.Form):
    name = forms.CharField(label="名称", help_text="营业执照上的全称")
    kind = forms.ChoiceField(label="类型", choices=[("a", "企业"), ("b", "个人")])
    email = forms.EmailField(label="邮箱", required=False)
    agreed = forms.BooleanField(label="同意建立画像", required=False)
    note = forms.CharField(label="备注", widget=forms.Textarea(attrs={"rows": 2}), required=False)


def gallery(request: HttpRequest) -> HttpResponse:
    messages.success(request, "已保存")
    form = GalleryForm({"email": "x"} if "bad" in request.GET else None)
    table = Table(COLUMNS, records(), request.GET, sort="-revenue")
    chips = [
        FilterChip("等级", "黄金、钻石", with_query(request.GET, tier=None)),
        FilterChip("城市", "武汉", "?"),
    ]
    context = {
        "figures": figures(),
        "table": table,
        "chips": chips,
        "form": form,
        "as_of": date(2026, 11, 21),
        "empty_table": Table(COLUMNS, [], request.GET),
        "title": _("Customers"),
        **gallery_charts(),
    }
    return render(request, "gallery.html", context)


def chart_json(request: HttpRequest) -> JsonResponse:
    return JsonResponse(gallery_charts()["line"])


def message(request: HttpRequest) -> HttpResponse:
    messages.success(request, "已保存")
    return HttpResponse("")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


def without_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("unable to open database file")


def against_a_rule(request: HttpRequest) -> HttpResponse:
    raise Conflict()


urlpatterns = [
    path("gallery", gallery),
    path("gallery/chart.json", chart_json, name="gallery-chart"),
    path("gallery/broken", broken),
    path("gallery/without-database", without_database),
    path("gallery/against-a-rule", against_a_rule),
    path("api/v1/broken", broken),
    path("gallery/message", message),
    path("rfm/<str:cell>", lambda request, cell: HttpResponse(cell)),
    path("", include(urlpatterns)),
]
