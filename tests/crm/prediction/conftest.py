"""A small simulated company with everything predicted, made once per module and taken back after it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from built_once import built_once

CUSTOMERS, SEED = 260, 5


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker, tmp_path_factory):
    """A loaded, analyzed and predicted company: the jobs that did it, and where its files lie."""
    from zhike.crm.customers.models import Customer
    from zhike.crm.insight.services import run_now
    from zhike.crm.orders.models import Order
    from zhike.crm.prediction.services import score_now
    from zhike.demo.loader import load

    home = tmp_path_factory.mktemp("predicted")
    with built_once(django_db_blocker, home):
        load(customers=CUSTOMERS, seed=SEED)
        unwilling = Order.objects.filter(revenue__gt=0, customer__deleted_at__isnull=True).first()
        Customer.objects.filter(pk=unwilling.customer_id).update(no_profiling=True)
        run = run_now()
        scored = score_now()
        yield SimpleNamespace(home=home, run=run, scored=scored)


@pytest.fixture
def predicted(company, db):
    """The company, for one test that may write: its changes are taken back."""
    return company
