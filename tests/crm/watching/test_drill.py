"""Every figure opens the customers it counts: as many in the list as on the page, in anybody's row scope."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict

from zhike.crm.insight.models import TierAssignment
from zhike.crm.portfolio import filters
from zhike.crm.portfolio import queries as portfolio
from zhike.crm.watching import assigned

from .conftest import TODAY
from .test_pages import opened

pytestmark = pytest.mark.django_db
START = TODAY - timedelta(days=60)


def listed(url, user) -> int:
    return portfolio.filtered(user, QueryDict(urlsplit(url).query)).count()


@pytest.fixture(params=["owner", "manager_east"])
def person(request, company):
    return getattr(company.people, request.param)


def test_every_flow_opens_its_customers(client, company, person):
    checked = 0
    for of in ("tier", "stage", f"segment:{company.early.pk}"):
        page = opened(client, person, "migration", of=of, start=START.isoformat()).context
        matrix, sums = page["matrix"], page["sums"]
        cells = [cell for row in matrix["rows"] for cell in row["cells"] if cell["flow"]]
        shown = [(cell["url"], cell["flow"].customers) for cell in cells]
        shown += [(row["url"], row["customers"]) for row in matrix["rows"]]
        shown += [(url, n) for n, _money, url in matrix["totals"]]
        shown += [(url, n) for n, _money, url in sums.values() if url]
        for url, count in shown:
            checked += 1
            assert listed(url, person) == count, url
    assert checked > 30


def test_every_overlap_opens_its_customers(client, company, person):
    groups = [f"segment:{company.east.pk}", f"segment:{company.early.pk}", "tier:1", "tier:2"]
    for chosen in (groups[:2], groups[:3], groups):
        page = opened(client, person, "overlap", group=chosen).context
        shown = [(cell["url"], cell["count"]) for row in page["rows"] for cell in row["cells"]]
        if page["drawing"]:
            shown += [(label.url, int(label.text)) for label in page["drawing"].counts]
        else:
            series = page["regions"]["series"][0]
            shown += list(zip(series["urls"], series["values"], strict=True))
        assert len(shown) > len(chosen)
        for url, count in shown:
            assert listed(url, person) == count, url


def test_every_cohort_opens_its_customers(client, company, person):
    for query in ({}, {"by": "quarter", "group": f"segment:{company.early.pk}"}):
        rows = opened(client, person, "cohorts", **query).context["rows"]
        assert rows
        for row in rows:
            assert listed(row["url"], person) == row["size"]
            for cell in (row["cells"][0], row["cells"][-1]):
                assert listed(cell["url"], person) == cell["count"], cell


def test_a_comparison_opens_both_sides(client, company, person):
    key = f"segment:{company.early.pk}"
    for second in ("rest", f"segment:{company.east.pk}"):
        page = opened(client, person, "compare", a=key, b=second).context
        sizes = page["known"].sizes
        for row in page["rows"]:
            if row["one"].is_number:
                counts = sizes
            else:
                counts = [round(share * n) for share, n in zip(row["one"].shares, sizes, strict=True)]
            assert [listed(url, person) for url in row["urls"]] == list(counts), row["name"]


def test_tiers_of_another_model_open_their_customers(client, company, beside, person):
    """The model has known everybody since the first day; then five customers rose."""
    assigned.note(START)
    risen = TierAssignment.objects.filter(model=beside, tier=1).values_list("pk", flat=True)[:5]
    TierAssignment.objects.filter(pk__in=list(risen)).update(tier=2)
    for _twice in range(2):
        assigned.note(TODAY)
    page = opened(client, person, "migration", of=f"model:{beside.pk}", start=START.isoformat()).context
    cells = [cell for row in page["matrix"]["rows"] for cell in row["cells"] if cell["flow"]]
    for cell in cells:
        assert listed(cell["url"], person) == cell["flow"].customers
    mine = TierAssignment.objects.visible_to(person).filter(model=beside)
    assert page["sums"]["up"][0] == mine.filter(pk__in=list(risen)).count()
    assert page["sums"]["same"][0] + page["sums"]["up"][0] == mine.count()
    sizes = {tier: mine.filter(tier=tier).count() for tier in (1, 2)}
    keys = [f"model:{beside.pk}:{tier}" for tier in sizes]
    overlap = opened(client, person, "overlap", group=[*keys, "tier:1", "tier:2"]).context
    assert overlap["found"].sizes[2:] == tuple(sizes[int(key[-1])] for key in sorted(keys, reverse=True))
    for row in overlap["rows"]:
        for cell in row["cells"]:
            assert listed(cell["url"], person) == cell["count"]
    compared = opened(client, person, "compare", a=keys[0], b=keys[1]).context["found"]
    assert (compared.sizes, compared.both) == (tuple(sizes.values()), 0)
    cohorts = opened(client, person, "cohorts", group=keys[0]).context["rows"]
    assert [listed(row["url"], person) for row in cohorts] == [row["size"] for row in cohorts]


def test_a_wrong_address_shows_nobody_and_words_say_what_is_shown(company):
    owner = company.people.owner
    for query in (
        "member=segment:0",
        "member=x",
        "flow=tier:1:2",
        "flow=stage:x:lost:2026-01-01:2026-02-01",
        "flow=model0:1:2:2026-01-01:2026-02-01",
        "cohort=1:2",
    ):
        assert portfolio.filtered(owner, QueryDict(query)).count() == 0, query
    query = QueryDict(
        f"member=!segment:{company.east.pk}&flow=stage:at_risk:0:{START}:{TODAY}&cohort=202601:20263"
    )
    words = " ".join(chip.value for chip in filters.Bar(query, owner, {}).chips())
    assert company.east.name in words
    assert START.isoformat() in words
    assert "2026-Q3" in words
