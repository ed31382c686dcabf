"""Predictions, tags, own fields and segments as groups and measures, once the segment base holds them."""

from __future__ import annotations

from collections import Counter, defaultdict
from statistics import mean, median
from urllib.parse import quote, urlsplit

import pytest
from django.http import QueryDict
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from zhike.crm.customers.models import Customer, CustomField, Tag
from zhike.crm.insight import services as insight
from zhike.crm.insight.snapshot_queries import snapshot_for
from zhike.crm.portfolio import queries as portfolio
from zhike.crm.prediction.models import CustomerPrediction
from zhike.crm.segments import building
from zhike.crm.segments.choices import SegmentState
from zhike.crm.segments.models import Membership, Segment
from zhike.crm.statistics import offer, overview, queries, services

pytestmark = pytest.mark.django_db
CHANNELS = ["直营", "经销"]
#: Places of customers who asked not to be profiled.
EXEMPT = (4, 28)


@pytest.fixture(scope="module")
def described(founded, django_db_blocker):
    with django_db_blocker.unblock(), override_settings(ZHIKE_HOME=founded.home):
        return _described(founded)


@pytest.fixture
def known(described, analyzed):
    return described


def _described(analyzed):
    """A tag or two, a channel, a mark of several values, a prediction and a segment for some of the customers."""
    people = analyzed.people
    channel = CustomField.objects.create(key="channel", label="渠道", field_type="choice", choices=CHANNELS)
    wants = CustomField.objects.create(key="wants", label="兴趣", field_type="multiple", choices=["茶", "酒"])
    vip = CustomField.objects.create(key="vip", label="贵宾", field_type="boolean")
    shops = CustomField.objects.create(key="shops", label="门店数", field_type="number")
    signed = CustomField.objects.create(key="signed", label="签约日期", field_type="date")
    tags = [Tag.objects.create(name=name) for name in ("重点", "样品")]
    segment = Segment.objects.create(name="一组", state=SegmentState.PUBLISHED, owner=people.owner)
    for k, customer in enumerate(analyzed.customers):
        values = {"channel": CHANNELS[k % 2]} if k % 3 else {}
        values |= {"wants": ["茶", "酒"][: 1 + k % 2]} if k % 4 else {}
        customer.custom = values | ({"vip": k % 2 == 0} if k % 5 else {})
        customer.tags.set(tags[: k % 3])
        customer.custom |= {"shops": k % 10} if k % 6 else {}
        customer.custom |= {"signed": f"202{k % 3}-0{1 + k % 9}-15"} if k % 2 else {}
        customer.no_profiling = k in EXEMPT
    Customer.objects.bulk_update(analyzed.customers, ["custom", "no_profiling"])
    CustomerPrediction.objects.bulk_create(
        CustomerPrediction(
            customer=customer,
            as_of=analyzed.today,
            churn_probability=k % 11 / 10,
            clv=100 * k,
            value_at_risk=10 * k,
            written_at=timezone.now(),
        )
        for k, customer in enumerate(analyzed.customers)
        if k % 7 and k not in EXEMPT
    )
    Membership.objects.bulk_create(
        Membership(segment=segment, customer=customer, entered_at=timezone.now())
        for customer in analyzed.customers[::3]
    )
    insight.run_now(progress=lambda _text: None)
    building.build()
    analyzed.fields = {
        "channel": channel,
        "wants": wants,
        "vip": vip,
        "shops": shops,
        "signed": signed,
    }
    analyzed.segment = segment
    return analyzed


def ask(user, **given: str) -> queries.Cube:
    found = offer.offer(user, snapshot_for(user))
    return queries.cube(found.base, found.choice(given))


def opened_by(url: str, user) -> int:
    return portfolio.filtered(user, QueryDict(urlsplit(url).query)).count()


def profiled(known, user) -> list[Customer]:
    mine = Customer.objects.visible_to(user).filter(pk__in=[c.pk for c in known.customers])
    return list(mine.filter(no_profiling=False))


def counts(cube: queries.Cube) -> dict:
    return {key: cube.value(sums) for key, sums in cube.by_row.items()}


def test_what_the_company_made_divides_its_customers(known):
    fields = {name: f"own_{one.pk}" for name, one in known.fields.items()}
    for user in (known.people.owner, known.people.manager_east):
        seen = profiled(known, user)
        assert counts(ask(user, by=fields["channel"])) == Counter(c.custom.get("channel") for c in seen)
        assert counts(ask(user, by=fields["vip"])) == Counter(c.custom.get("vip") for c in seen)
        wanted = Counter(value for c in seen for value in c.custom.get("wants") or [None])
        assert counts(ask(user, by=fields["wants"])) == wanted
        tagged = Counter(tag.name for c in seen for tag in c.tags.all())
        assert {key: n for key, n in counts(ask(user, by="tag")).items() if key} == tagged
        several = ask(user, by="tag", **{"with": fields["wants"]})
        assert several.value(several.total) == len(seen)
        pairs = Counter(
            (tag, value)
            for c in seen
            for tag in [one.name for one in c.tags.all()] or [None]
            for value in c.custom.get("wants") or [None]
        )
        assert {key: several.value(sums) for key, sums in several.cells.items()} == pairs
        members = Membership.objects.filter(customer__in=seen).count()
        assert counts(ask(user, by="segment")) == {str(known.segment.pk): members}


def test_their_groups_open_exactly_their_customers(known):
    from zhike.crm.portfolio.filters import PARAMETERS

    for user in (known.people.owner, known.people.sales_west):
        codes = ("tag", "churn_probability", "clv", *(f"own_{one.pk}" for one in known.fields.values()))
        for code in (*codes, f"own_{known.fields['signed'].pk}_year", "rhythm_status", "category"):
            cube = ask(user, by=code)
            opened = [(cube.url(key), cube.value(sums)) for key, sums in cube.by_row.items()]
            assert sum(1 for url, _count in opened if url) >= len(opened) - (code == "tag"), code
            for url, count in opened:
                assert not url or opened_by(url, user) == count, (code, url)
        if "segment" in PARAMETERS:
            cube = ask(user, by="segment", measure="clv")
            for key, sums in cube.by_row.items():
                assert opened_by(cube.url(key), user) == cube.value(sums, queries.MEASURES["customers"])


def test_own_numbers_and_days_are_groups_and_measures(known):
    user = known.people.owner
    seen = profiled(known, user)
    shops, signed = (f"own_{known.fields[name].pk}" for name in ("shops", "signed"))
    by_channel = defaultdict(list)
    for customer in seen:
        if "shops" in customer.custom:
            by_channel[customer.custom.get("channel")].append(customer.custom["shops"])
    for code, count in (("sum", sum), ("mean", mean), ("median", median)):
        cube = ask(user, by=f"own_{known.fields['channel'].pk}", measure=f"{shops}_{code}")
        for key, values in by_channel.items():
            assert cube.value(cube.by_row[key]) == pytest.approx(count(values), abs=0.005), (code, key)
    vip = f"own_{known.fields['vip'].pk}_yes"
    asked = [customer.custom["vip"] for customer in seen if "vip" in customer.custom]
    cube = ask(user, by=signed, measure=vip)
    assert cube.value(cube.total) == pytest.approx(sum(asked) / len(asked))
    months = Counter(customer.custom.get("signed", "")[:7] for customer in seen)
    assert {cube.row_names[key]: sums["buyers"] for key, sums in cube.by_row.items() if key} == {
        month: n for month, n in months.items() if month
    }


def test_a_chart_of_a_renamed_field_goes_on_and_that_of_a_deleted_one_says_so(known):
    user, field = known.people.owner, known.fields["shops"]
    chart = services.save_chart(
        actor=user, name="门店", choice={"by": "kind", "measure": f"own_{field.pk}_sum"}
    )
    field.label = "店铺数"
    field.save()
    assert overview.current(user, chart)[0]["title"] == "按客户性质看店铺数（合计）"
    field.archived_at = timezone.now()
    field.save()
    assert overview.current(user, chart)[0] is None


def test_totals_and_crossed_groups_leave_out_who_asked_for_it(known):
    user = known.people.owner
    seen = profiled(known, user)
    cube = ask(user, by="kind", **{"with": f"own_{known.fields['channel'].pk}"})
    assert cube.value(cube.total) == opened_by(cube.total_url, user) == len(seen)
    for key, sums in cube.by_row.items():
        expected = sum(1 for customer in seen if customer.kind == key)
        assert cube.value(sums) == opened_by(cube.url(key), user) == expected


def test_predictions_are_summed_where_they_are_known(known):
    user = known.people.owner
    rows = CustomerPrediction.objects.select_related("customer")
    for code, expected in (
        ("churn", lambda ones: sum(p.churn_probability for p in ones) / len(ones)),
        ("clv", lambda ones: sum(p.clv for p in ones)),
        ("clv_mean", lambda ones: sum(p.clv for p in ones) / len(ones)),
        ("value_at_risk", lambda ones: sum(p.value_at_risk for p in ones)),
    ):
        cube = ask(user, by="owner", measure=code)
        for owner, sums in cube.by_row.items():
            mine = [row for row in rows if row.customer.owner_id == owner]
            assert float(cube.value(sums)) == pytest.approx(float(expected(mine)), abs=1e-3)
    crossed = ask(user, by="churn_probability", measure="clv", **{"with": "tier"})
    assert crossed.value(crossed.total) == sum(row.clv for row in rows)


def test_a_segments_members_are_counted_alone_and_against_everybody_else(known):
    of, members = str(known.segment.pk), {c.pk for c in known.customers[::3]}
    for user in (known.people.owner, known.people.manager_east):
        seen = Customer.objects.visible_to(user).filter(pk__in=[c.pk for c in known.customers])
        inside = Counter(c.kind for c in seen if c.pk in members)
        outside = Counter(c.kind for c in seen if c.pk not in members)
        alone = ask(user, of=of, by="kind")
        assert counts(alone) == inside
        against = ask(user, of=of, by="kind", **{"with": "membership"}, measure="customer_share")
        assert against.total["buyers"] == len(seen)
        for kind, count in inside.items():
            assert against.at(kind, True) == pytest.approx(count / sum(inside.values()))
            assert against.at(kind, False) == pytest.approx(outside[kind] / sum(outside.values()))
        told = ask(user, of=of, by="membership")
        assert counts(told) == {True: sum(inside.values()), False: sum(outside.values())}


def test_what_a_segments_statistic_counted_opens_its_customers(known):
    of = str(known.segment.pk)
    channel = f"own_{known.fields['channel'].pk}"
    for user in (known.people.owner, known.people.sales_west):
        for code in ("city", "segment", "tag", channel, "net_revenue", "membership"):
            cube = ask(user, of=of, by=code)
            assert opened_by(cube.total_url, user) == cube.total["buyers"], code
            for key, sums in cube.by_row.items():
                assert opened_by(cube.url(key), user) == sums["buyers"], (code, key)
        crossed = ask(user, of=of, by="segment", **{"with": "membership"})
        for (row, column), sums in crossed.cells.items():
            assert opened_by(crossed.url(row, column, both=True), user) == sums["buyers"], (row, column)
        before = ask(user, of=of, by="kind", measure="net_revenue", period="90", compare="previous")
        for key, sums in (before.before or {}).items():
            assert opened_by(before.url_before(key), user) == sums["buyers"], key


def test_a_segment_that_is_not_shared_is_nobodys_statistic_but_its_owners(known, client):
    owner, other = known.people.owner, known.people.sales_east
    Segment.objects.filter(pk=known.segment.pk).update(shared=False)
    given = {"of": str(known.segment.pk), "by": "kind"}
    members = ask(owner, **given)
    chart = services.save_chart(actor=owner, name="一组的客户", choice=given, shared=True)
    services.place_chart(actor=other, chart=chart)
    assert overview.tiles(owner)[0].chart is not None
    assert overview.tiles(other)[0].chart is None
    drilled = urlsplit(members.url("company")).query
    named = QueryDict(f"statistic={quote(members._named('row', 'company'))}")
    assert portfolio.filtered(other, QueryDict(drilled)).count() == 0
    assert portfolio.filtered(other, named).count() == 0
    client.force_login(owner)
    page = client.get(reverse("statistics:page"), given)
    assert page.context["choice"].title.endswith("一组")
    assert "一组" in page.content.decode()
    file = client.get(reverse("statistics:export"), {**given, "format": "csv"}).content.decode("utf-8-sig")
    assert "一组" in file
    assert f",{members.total['buyers']}," in file
    client.force_login(other)
    page = client.get(reverse("statistics:page"), given)
    assert page.context["unknown"]
    assert page.context["choice"].of is None
    assert "一组" not in page.content.decode()
