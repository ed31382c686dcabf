"""Stored memberships are what the plain evaluator says, however and in whatever order they came about."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from crm.segments.plain import people
from crm.segments.trees import Trees
from zhike.analytics.segments import read
from zhike.crm.catalog.models import Product
from zhike.crm.segments import base, dirty, fields, plans, services
from zhike.crm.segments.models import Membership, Segment, SegmentVersion

SEGMENTS = 40


def stored() -> dict[int, set[int]]:
    found: dict[int, set[int]] = {pk: set() for pk in Segment.objects.values_list("pk", flat=True)}
    for segment, customer in Membership.objects.filter(left_at=None).values_list("segment_id", "customer_id"):
        found[segment].add(customer)
    return found


def columns() -> dict[str, list]:
    rows = base.reader().dicts("SELECT * FROM people")
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.fixture
def random_segments(segmented):
    """Segments of random trees; the later ones ask for the earlier ones, for lists and for buckets."""
    chance = random.Random(2026)
    trees = Trees(chance, base.catalogue(), columns(), base.meta()["as_of"])
    trees.lists = [segmented.list.pk]
    trees.products = [str(pk) for pk in Product.objects.order_by("pk").values_list("pk", flat=True)[:20]]
    made = []
    for number in range(SEGMENTS):
        definition = {"v": 1, "entity": "customer", "root": trees.tree()}
        segment = Segment.objects.create(name=f"分群 {number}", definition=definition, state="published")
        segment.version = SegmentVersion.objects.create(
            segment=segment, number=1, definition=definition, sha256="-"
        )
        segment.save()
        made.append(segment)
        if number % 4 == 0:
            trees.segments.append(str(segment.pk))
    return made


def judged(segments) -> dict[int, set[int]]:
    """The plain evaluator over all segments; each sees the members of those before it."""
    catalogue, day = fields.whole(), base.meta()["as_of"]
    everybody, inside = people(catalogue), {}
    for segment in segments:
        root = read(segment.definition, catalogue).root
        inside[segment.pk] = {
            pk
            for pk, person in everybody.items()
            if root.holds(
                replace(person, segments=frozenset(str(s) for s, members in inside.items() if pk in members)),
                day,
            )
        }
    return inside


def test_stored_members_are_those_of_the_plain_evaluator(random_segments):
    done = services.evaluate_now()
    assert done["broken"] == 0
    expected = judged(random_segments)
    found = stored()
    assert [s.definition for s in random_segments if found[s.pk] != expected[s.pk]] == []
    assert any(expected.values())
    assert all(one.members == len(expected[one.pk]) for one in Segment.objects.all())
    # A second evaluation has nothing to write.
    assert services.evaluate_now()["moved"] == 0


def test_a_changed_customer_is_judged_from_its_rows_as_everybody_is_from_the_base(random_segments):
    services.evaluate_now()
    before = stored()
    ids = base.reader().query("SELECT customer_id FROM people ORDER BY 1")
    dirty.judge([pk for (pk,) in ids], plans.plan())
    assert stored() == before


def test_one_by_one_gives_what_all_at_once_gives(random_segments):
    services.evaluate_now()
    together = stored()
    Membership.objects.all().delete()
    ids = [pk for (pk,) in base.reader().query("SELECT customer_id FROM people ORDER BY 1")]
    for start in range(0, len(ids), 40):
        dirty.judge(ids[start : start + 40], plans.plan())
    assert stored() == together
    Membership.objects.all().delete()
    for segment in random_segments:
        services.evaluate_now([segment])
    assert stored() == together


def test_whoever_objects_to_profiling_is_in_no_segment(random_segments, segmented):
    services.evaluate_now()
    assert not Membership.objects.filter(customer_id=segmented.unprofiled).exists()
