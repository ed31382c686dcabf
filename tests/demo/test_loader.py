"""The simulated company in the operational store: complete, once, and with totals by the rules of orders."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from built_once import built_once
from zhike.crm.accounts.models import Team, User
from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.interactions.models import Interaction
from zhike.crm.orders.models import LineKind, Order, OrderLine, OrderStatus
from zhike.demo import loader
from zhike.demo.rows import BlockWriter
from zhike.platform.models import ChangeLog, Installation

pytestmark = pytest.mark.django_db
SIZE = 120


def stored() -> dict[str, int]:
    models = {
        "customers": Customer,
        "contacts": Contact,
        "orders": Order,
        "order_lines": OrderLine,
        "products": Product,
        "teams": Team,
    }
    return {name: model.objects.count() for name, model in models.items()}


def test_a_killed_load_begins_the_block_again(tmp_path, settings, monkeypatch):
    settings.ZHIKE_HOME = tmp_path

    def killed(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(BlockWriter, "_lines", killed)
        with pytest.raises(KeyboardInterrupt):
            loader.load(customers=SIZE, seed=5)
    assert not Customer.objects.exists()
    counts = loader.load(customers=SIZE, seed=5)
    assert stored() == {name: counts[name] for name in stored()}


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The company, from here to the end of the module."""
    with built_once(django_db_blocker, tmp_path_factory.mktemp("simulated")) as home:
        yield SimpleNamespace(home=home, counts=loader.load(customers=SIZE, seed=5))


@pytest.fixture
def counts(loaded, db):
    return dict(loaded.counts)


@pytest.fixture
def home(loaded):
    return loaded.home


def test_everything_arrives(counts):
    assert stored() == {name: counts[name] for name in stored()}
    assert Interaction.objects.count() == counts["interactions"] + counts["complaints"]
    assert User.objects.filter(team__isnull=False).count() == counts["owners"]
    assert Installation.current().simulated
    assert ChangeLog.objects.filter(entity="order").exists()


def test_nobody_can_sign_in_without_a_password_being_set(counts):
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_a_second_start_changes_nothing(counts):
    before = stored()
    assert loader.load(customers=SIZE, seed=99) == counts, "the company that was begun is kept"
    assert stored() == before


def test_totals_follow_the_lines(counts):
    tops = {c.pk: c for c in Category.objects.all()}
    for order in Order.objects.prefetch_related("lines__product"):
        lines = list(order.lines.all())
        assert order.line_count == len(lines)
        if order.status == OrderStatus.CANCELLED:
            assert {line.kind for line in lines} <= {LineKind.CANCELLED}
            assert (order.revenue, order.returned, order.category_mask) == (0, 0, 0)
            continue
        bought = [line for line in lines if line.quantity > 0]
        back = [line for line in lines if line.quantity < 0]
        assert order.revenue == sum((line.amount for line in bought), Decimal(0))
        assert order.returned == -sum((line.amount for line in back), Decimal(0))
        mask = 0
        for line in bought:
            category = tops[line.product.category_id]
            top = tops[category.parent_id] if category.parent_id else category
            mask |= 1 << top.ordinal
        assert order.category_mask == mask
        if any(line.cost is None for line in lines):
            assert order.cost is None
        else:
            cost = sum((line.cost for line in bought), Decimal(0)) - sum(
                (line.cost for line in back), Decimal(0)
            )
            assert order.cost == cost


def test_names_are_found_by_their_normal_forms(counts):
    customer = Customer.objects.exclude(phone="").first()
    assert customer.name_key
    assert customer.phone_key
    assert customer.custom["lead_source"]


def test_times_are_kept_in_utc(counts):
    from zoneinfo import ZoneInfo

    for order in Order.objects.all()[:50]:
        assert order.placed_at.astimezone(ZoneInfo("Asia/Shanghai")).date() == order.business_date


def test_the_truth_stays_in_a_file_of_its_own(counts, home):
    assert (home / "simulated" / "truth.parquet").exists()
    assert (home / "simulated" / "truth.json").exists()


def test_new_rows_get_new_numbers(counts):
    assert Customer.objects.create(name="新客户").pk > Customer.objects.filter(source="simulated").count()
    assert Category.objects.create(name="新品类").pk
