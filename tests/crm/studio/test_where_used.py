"""Before a tier model is published, its page names the segments and saved views that its tiers touch."""

from __future__ import annotations

import pytest
from django.urls import reverse

from zhike.crm.accounts.models import User
from zhike.crm.insight import versions
from zhike.crm.insight.services import default_definition
from zhike.crm.segments.models import Segment, SegmentVersion
from zhike.crm.studio import services, where_used
from zhike.platform.models import SavedView

pytestmark = pytest.mark.django_db
PLATINUM = {"code": "platinum", "name": {"en": "Platinum", "zh": "铂金"}, "color": "cyan", "share": 0.1}


def naming(cmp: str, value: object) -> dict:
    leaf = {"t": "attr", "field": "tier", "cmp": cmp, "value": value}
    return {"v": 1, "entity": "customer", "root": {"op": "not", "child": {"op": "and", "children": [leaf]}}}


@pytest.fixture
def kept(people):
    """A segment per way of naming tiers, and saved views; one of each belongs to somebody else."""
    ways = {
        "gold up": naming("gte", "gold"),
        "silver": naming("eq", "silver"),
        "bronze": naming("eq", "bronze"),
        "below": naming("lt", "diamond"),
        "unrelated": {"v": 1, "root": {"op": "and", "children": []}},
        "fell": {
            "v": 1,
            "root": {"t": "change", "of": {"model": "tier"}, "from": ["silver"], "to": ["bronze"]},
        },
    }
    found = {name: Segment.objects.create(name=name, definition=way) for name, way in ways.items()}
    Segment.objects.create(name="hidden", definition=naming("eq", "silver"), shared=False, owner=people.owner)
    Segment.objects.create(name="old", definition=naming("eq", "silver"), state="archived")
    for owner, name in ((people.analyst, "mine"), (people.owner, "theirs")):
        SavedView.objects.create(owner=owner, entity="customer", name=name, query="tier=silver&q=x")
    return found


def drafted(people, change):
    definition = default_definition()
    change(definition["tiers"]["tiers"])
    draft = services.create_draft(people.analyst, model=versions.ensure_default_model())
    return services.save_draft(people.analyst, draft, definition=definition, note="x")


def told(user: User, draft) -> dict[str, tuple[bool, tuple[str, ...]]]:
    return {use.name: (use.is_broken, use.notes) for use in where_used.of_draft(user, draft)}


def test_a_tier_that_would_go_is_found_wherever_the_person_sees_it_named(analysed, people, kept):
    draft = drafted(people, lambda tiers: tiers.pop(1))
    gone = ("“白银”将不复存在。",)
    found = told(people.analyst, draft)
    assert {name: one for name, one in found.items() if name not in ("bronze", "gold up")} == {
        "silver": (True, gone),
        "mine": (True, gone),
        "fell": (False, gone),
    }
    assert found["gold up"] == (False, ("黄金的相邻等级将有变化：客户可能因此进出。",))
    assert found["bronze"][1] == ("青铜的相邻等级将有变化：客户可能因此进出。",)
    assert "hidden" in told(people.owner, draft)
    assert list(found)[:2] == ["silver", "mine"]


def test_an_inserted_tier_is_told_where_a_condition_would_take_it_in(analysed, people, kept):
    found = told(people.analyst, drafted(people, lambda tiers: tiers.insert(3, PLATINUM)))
    assert found["gold up"] == (False, ("将同时包含铂金。",))
    assert found["below"] == (False, ("将同时包含铂金。",))
    assert set(found) == {"gold up", "below"}


def test_what_is_in_force_counts_beside_what_is_being_written(analysed, people, kept):
    segment = kept["unrelated"]
    segment.version = SegmentVersion.objects.create(
        segment=segment, number=1, definition=naming("in", ["silver"]), sha256="x"
    )
    segment.save()
    assert told(people.analyst, drafted(people, lambda tiers: tiers.pop(1)))["unrelated"][0]


def test_without_another_order_nothing_is_asked(analysed, people, kept):
    draft = drafted(people, lambda tiers: tiers[1].update(color="rose"))
    assert where_used.of_draft(people.analyst, draft) == []
    beside = services.create_draft(people.analyst, name="旁边")
    assert where_used.of_draft(people.analyst, beside) == []


def test_the_pages_of_simulation_and_approval_list_them(analysed, people, boss, kept, client):
    draft = drafted(people, lambda tiers: tiers.pop(1))
    services.simulate(people.analyst, draft)
    draft.refresh_from_db()
    services.submit(people.analyst, draft)
    client.force_login(boss)
    page = client.get(reverse("studio:simulate", args=[draft.pk])).content.decode()
    assert reverse("segments:detail", args=[kept["silver"].pk]) in page
    assert "“白银”将不复存在。" in page
