"""The page, its pictures, the file, and charts that are kept: what a reader sees is the reader's own."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from zhike.crm.insight.snapshot_queries import snapshot_for
from zhike.crm.segments.models import Segment
from zhike.crm.statistics import offer, overview, pictures, queries, services, tables
from zhike.crm.statistics.models import SavedChart, Tile
from zhike.platform.errors import DomainError

pytestmark = pytest.mark.django_db


def chart_of(page) -> dict:
    text = page.content.decode()
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', text, re.S)[1])


def cube(user, **given: str) -> queries.Cube:
    found = offer.offer(user, snapshot_for(user))
    return queries.cube(found.base, found.choice(given))


def test_every_attribute_by_every_measure_is_a_page(analyzed, client):
    client.force_login(analyzed.people.owner)
    found = offer.offer(analyzed.people.owner, snapshot_for(analyzed.people.owner))
    measures = [one.code for one in found.measures]
    for n, code in enumerate(found.dimensions):
        second = list(found.dimensions)[(n * 7 + 3) % len(found.dimensions)] if n % 2 else ""
        query = {"by": code, "with": second, "measure": measures[n % len(measures)], "period": "90"}
        page = client.get(reverse("statistics:page"), query | {"compare": ("", "year")[n % 3 == 0]})
        assert page.status_code == 200, query
        assert chart_of(page)["table"]["rows"], query


def test_who_may_not_see_orders_sees_no_money(analyzed, client):
    user = analyzed.people.sales_east
    usual = list(user.role.capabilities)
    chart = saved(analyzed.people.owner, by="kind", measure="net_revenue")
    user.role.capabilities = [one for one in usual if one != "orders.view"]
    user.role.save()
    found = offer.offer(user, snapshot_for(user))
    assert {"net_revenue", "average", "clv", "largest_order_mean"}.isdisjoint(found.measured)
    assert {"net_revenue", "average_order", "return_rate"}.isdisjoint(found.dimensions)
    client.force_login(user)
    for query in ({"measure": "net_revenue"}, {"by": "kind", "with": "size", "measure": "margin"}):
        assert "¥" not in client.get(reverse("statistics:page"), query).content.decode()
    services.place_chart(actor=user, chart=chart)
    assert overview.tiles(user)[0].chart is None


def test_the_map_says_who_has_no_place_on_it(analyzed):
    found = cube(analyzed.people.owner, by="region")
    chart = pictures.picture(found, "map")
    notes = {note["label"]: note["value"] for note in chart["notes"]}
    assert set(notes) == {"未填写", "国外"}
    assert sum(notes.values()) + sum(tile["value"] for tile in chart["tiles"]) == found.value(found.total)
    assert [row[0] for row in chart["table"]["rows"][-2:]] == list(notes)


def test_merged_groups_take_no_part_in_the_colors(analyzed, monkeypatch):
    monkeypatch.setattr("zhike.crm.statistics.choice.TOPS", (2,))
    found = cube(analyzed.people.owner, by="industry", top="2", **{"with": "kind"})
    apart = [cell["apart"] for cell in pictures.picture(found, "heat")["cells"]]
    assert any(apart)
    assert not all(apart)
    monkeypatch.setattr(pictures, "BARS", 1)
    assert pictures.left_out(found, "heat") == len(found.shown) - 1
    heats = {line.label: {cell.heat for cell in line.cells} for line in tables.pivot(found).lines}
    assert heats["其他"] == {0}
    assert any(5 in found for found in heats.values())


def test_a_comparison_stands_in_the_table_the_chart_and_the_file(analyzed, client):
    query = {"by": "kind", "measure": "net_revenue", "period": "90", "compare": "year"}
    found = cube(analyzed.people.owner, **query)
    chart = pictures.picture(found)
    assert [one["name"] for one in chart["series"]] == ["本期", "去年同期"]
    assert tables.grid(found).heads[:3] == ["净消费额", "去年同期", "变化"]
    client.force_login(analyzed.people.owner)
    text = client.get(reverse("statistics:export"), {**query, "format": "csv"}).content.decode("utf-8-sig")
    assert "净消费额 (¥),去年同期 (¥),变化 (%)" in text
    # What is compared has a period; what is foretold has no earlier one.
    assert cube(analyzed.people.owner, by="kind", compare="previous").choice.period == "365"
    assert not cube(analyzed.people.owner, by="kind", measure="top_share", compare="year").choice.compare


def test_the_chart_suits_what_is_shown(analyzed):
    user = analyzed.people.owner
    suits = {
        ("region", ""): "map",
        ("kind", ""): "donut",
        ("abc", ""): "bars",
        ("size", ""): "horizontal",
        ("month", ""): "line",
        ("owner", ""): "donut",
        ("size", "kind"): "stacked",
        ("month", "size"): "line",
    }
    for (first, second), expected in suits.items():
        assert pictures.kind_of(cube(user, by=first, **{"with": second})) == expected, (first, second)
    # Averages are no parts of a whole.
    averages = pictures.suiting(cube(user, by="kind", measure="average"))
    assert "donut" not in averages
    assert "treemap" not in averages
    assert pictures.kind_of(cube(user, by="size", measure="average", **{"with": "kind"})) == "grouped"
    assert pictures.kind_of(cube(user, by="abc", chart="donut", measure="average")) == "bars"


def test_every_chart_that_is_offered_can_be_drawn(analyzed):
    user = analyzed.people.owner
    for first, second in (("region", ""), ("kind", ""), ("month", ""), ("size", "kind"), ("month", "size")):
        found = cube(user, by=first, measure="net_revenue", **{"with": second})
        for kind in pictures.suiting(found):
            chart = pictures.picture(found, kind)
            assert json.loads(json.dumps(chart))["title"]


def test_wrong_addresses_give_the_usual_page(analyzed, client):
    client.force_login(analyzed.people.owner)
    for query in ("by=x&with=x&measure=x&period=x&chart=x&sort=x&top=x", "by=tier&with=tier", "period=%00"):
        assert client.get(f"{reverse('statistics:page')}?{query}").status_code == 200
    old = client.get(f"{reverse('insight:statistics')}?by=tier")
    assert old.url == f"{reverse('statistics:page')}?by=tier"


def test_the_file_holds_all_groups_with_units_and_nothing_that_a_spreadsheet_runs(analyzed, client):
    client.force_login(analyzed.people.owner)
    address = reverse("statistics:export")
    query = {"by": "country", "measure": "net_revenue", "format": "csv"}
    rows = list(csv.reader(io.StringIO(client.get(address, query).content.decode("utf-8-sig"))))
    names = [row[0] for row in rows if row]
    assert "'=1+1" in names
    assert "=1+1" not in names
    heads = rows[names.index("国家") + 1 if "国家" in names else 4]
    assert any("(¥)" in head for head in heads)
    assert any("(%)" in head for head in heads)
    book = load_workbook(io.BytesIO(client.get(address, {**query, "format": "xlsx"}).content))
    cells = {cell.value: cell.data_type for row in book.active.iter_rows() for cell in row}
    assert cells["=1+1"] == "s"
    crossed = client.get(address, {"by": "size", "with": "region", "format": "csv"})
    assert crossed.status_code == 200
    assert client.get(address, {"format": "exe"}).status_code == 422
    client.force_login(analyzed.people.sales_east)
    expected = 200 if "export" in analyzed.people.sales_east.role.capabilities else 403
    assert client.get(address, query).status_code == expected


def saved(user, **given: str) -> SavedChart:
    name = given.pop("name", "按负责人")
    return services.save_chart(actor=user, name=name, choice=given, shared=True)


def values_on_overview(user) -> list[float]:
    (one,) = overview.tiles(user)
    assert one.chart is not None
    return [row[1] for row in one.chart["table"]["rows"]]


def test_a_shared_chart_shows_every_reader_their_own_customers(analyzed, client):
    people = analyzed.people
    chart = saved(people.owner, by="kind", measure="customers", chart="bars")
    assert sum(values_on_overview(people.owner)) == 80
    for role, expected in (("manager_east", 40), ("sales_west", 20)):
        services.place_chart(actor=getattr(people, role), chart=chart)
        assert sum(values_on_overview(getattr(people, role))) == expected
        client.force_login(getattr(people, role))
        assert chart.name in client.get(reverse("statistics:tiles")).content.decode()


def test_a_chart_is_kept_arranged_shared_and_deleted_on_the_pages(analyzed, client):
    people = analyzed.people
    client.force_login(people.manager_east)
    for name in ("图一", "图二", "图三"):
        given = {"by": "tier", "measure": "orders", "name": name, "on_overview": "1"}
        assert client.post(reverse("statistics:save"), given).status_code == 302
    tiles = list(Tile.objects.filter(user=people.manager_east))
    client.post(reverse("statistics:move", args=[tiles[2].pk]), HTTP_HX_REQUEST="true")
    client.post(reverse("statistics:move", args=[tiles[0].pk]), {"down": "1"}, HTTP_HX_REQUEST="true")
    order = [one.tile.chart.name for one in overview.tiles(people.manager_east)]
    assert order == ["图三", "图一", "图二"]
    client.post(reverse("statistics:remove", args=[tiles[1].pk]))
    assert [one.tile.chart.name for one in overview.tiles(people.manager_east)] == ["图三", "图一"]
    chart = SavedChart.objects.get(name="图二")
    listed = client.get(reverse("statistics:charts")).content.decode()
    assert "图二" in listed
    picture = reverse("statistics:picture", args=[chart.pk])
    assert picture in listed
    assert chart_of(client.get(picture))["table"]["rows"]
    client.force_login(people.sales_west)
    assert "图二" not in client.get(reverse("statistics:charts")).content.decode()
    assert client.post(reverse("statistics:place", args=[chart.pk])).status_code == 404
    assert client.get(picture).status_code == 404
    assert client.post(reverse("statistics:remove", args=[tiles[0].pk])).status_code == 404
    client.force_login(people.manager_east)
    client.post(reverse("statistics:share", args=[chart.pk]), {"shared": "1"})
    client.force_login(people.sales_west)
    client.post(reverse("statistics:place", args=[chart.pk]))
    assert len(overview.tiles(people.sales_west)) == 1
    assert client.post(reverse("statistics:delete", args=[chart.pk])).status_code == 422
    client.force_login(people.manager_east)
    client.post(reverse("statistics:share", args=[chart.pk]))
    assert overview.tiles(people.sales_west) == []
    client.post(reverse("statistics:delete", args=[chart.pk]))
    assert not SavedChart.objects.filter(pk=chart.pk).exists()


def test_a_name_is_needed_and_what_is_not_known_is_not_kept(analyzed):
    people = analyzed.people
    with pytest.raises(DomainError):
        services.save_chart(actor=people.owner, name=" ", choice={})
    chart = services.save_chart(actor=people.owner, name="x", choice={"by": "tier", "evil": "1"})
    assert chart.choice == {"by": "tier"}
    again = services.save_chart(actor=people.owner, name="x", choice={"by": "size"})
    assert again.pk == chart.pk
    assert Tile.objects.count() == 1


def test_a_chart_whose_field_is_gone_says_so(analyzed, client):
    saved(analyzed.people.owner, by="own_999")
    client.force_login(analyzed.people.owner)
    assert overview.tiles(analyzed.people.owner)[0].chart is None
    assert client.get(reverse("statistics:tiles")).status_code == 200


def test_without_the_base_nothing_is_offered_that_it_holds(analyzed):
    segment = Segment.objects.create(name="二组", state="published", owner=analyzed.people.owner)
    found = offer.offer(analyzed.people.owner, snapshot_for(analyzed.people.owner))
    assert "churn_probability" not in found.dimensions
    assert not found.predicted
    assert found.choice({"by": "tag", "measure": "clv"}).measure.code == "customers"
    alone = queries.cube(found.base, found.choice({"of": str(segment.pk), "by": "kind"}))
    assert alone.choice.narrows
    assert alone.is_empty
