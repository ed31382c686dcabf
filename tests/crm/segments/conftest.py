"""A small simulated company with its segment base, made once per module and taken back after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from built_once import built_once

CUSTOMERS, SEED = 120, 11


@contextmanager
def in_sequence() -> Iterator[None]:
    """Order the change log by its sequence on either store: within one open transaction nothing else orders it."""
    from zhike.crm.segments import memberships
    from zhike.platform import changes
    from zhike.platform.models import ChangeLog

    def last() -> int:
        return ChangeLog.objects.order_by("-seq").values_list("seq", flat=True).first() or 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "safe_position", last)
        for module in (changes, memberships):
            patch.setattr(module, "position_field", lambda: "seq")
        yield


@pytest.fixture(scope="module")
def simulated(django_db_setup, django_db_blocker, tmp_path_factory):
    """A loaded and analyzed company, its segment base, and who works there."""
    from factories import make_people
    from zhike.crm.customers.models import Customer, CustomerList, ListMember, Tag
    from zhike.crm.insight.services import run_now
    from zhike.crm.segments import building
    from zhike.demo.loader import load

    home = tmp_path_factory.mktemp("segmented")
    with built_once(django_db_blocker, home), in_sequence():
        # The simulated company takes a team of the same name as its own.
        staff = make_people()
        load(customers=CUSTOMERS, seed=SEED)
        living = list(Customer.objects.filter(deleted_at__isnull=True).order_by("pk"))
        first, second = (Tag.objects.get_or_create(name=name)[0] for name in ("母婴", "a%b"))
        for place, customer in enumerate(living[:60]):
            customer.tags.add(*((first,), (second,), (first, second))[place % 3])
        handmade = CustomerList.objects.create(name="展会", shared=True)
        ListMember.objects.bulk_create(ListMember(list=handmade, customer=one) for one in living[::5])
        Customer.objects.filter(pk=living[3].pk).update(no_profiling=True)
        mine = [one.pk for one in living[::3]]
        Customer.objects.filter(pk__in=mine).update(owner=staff.sales_east, team=staff.east)
        run_now()
        building.build()
        yield SimpleNamespace(
            home=home, owner=staff.owner, seller=staff.sales_east, list=handmade, unprofiled=living[3].pk
        )


@pytest.fixture
def segmented(simulated, db, settings):
    """The company, for one test that may write: its changes are taken back."""
    from zhike.crm.segments import dirty

    settings.ZHIKE_HOME = simulated.home
    dirty._marks.clear()
    return simulated


@pytest.fixture
def published(segmented):
    """Publish a definition under a name and return the segment, not evaluated yet."""
    from zhike.crm.segments import services

    def publish(name: str, *conditions: dict, **more: object):
        root = {"op": "and", "children": list(conditions)}
        definition = {"v": 1, "entity": "customer", "root": root, **more}
        segment = services.create_segment(actor=segmented.owner, name=name, definition=definition)
        return services.publish(actor=segmented.owner, segment=segment)

    return publish
