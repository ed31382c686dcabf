"""Noting contacts and settling open matters."""

from datetime import timedelta

import pytest
from django.utils import timezone

from factories import make_customer
from zhike.crm.interactions.models import Interaction
from zhike.crm.interactions.services import log_interaction, settle
from zhike.platform.errors import DomainError

pytestmark = pytest.mark.django_db


def test_the_last_contact_moves_forward_and_never_back(people):
    customer, now = make_customer(owner=people.sales_east), timezone.now()
    log_interaction(actor=people.sales_east, customer=customer, kind="call", summary="报价", at=now)
    earlier = now - timedelta(days=5)
    log_interaction(actor=people.sales_east, customer=customer, kind="visit", summary="拜访", at=earlier)
    customer.refresh_from_db()
    assert customer.last_contact_at == now


def test_a_complaint_stays_open_until_it_is_settled(people):
    customer = make_customer(owner=people.sales_east)
    complaint = log_interaction(actor=people.sales_east, customer=customer, kind="complaint", summary="破损")
    assert complaint in Interaction.objects.open_matters()
    settle(actor=people.sales_east, interaction=complaint)
    assert not Interaction.objects.open_matters().exists()


@pytest.mark.parametrize("fields", [{"kind": "x"}, {"summary": " "}, {"summary": "字" * 5001}])
def test_wrong_input_is_refused(people, fields):
    customer = make_customer(owner=people.sales_east)
    with pytest.raises(DomainError):
        log_interaction(
            **{"actor": people.sales_east, "customer": customer, "kind": "call", "summary": "a", **fields}
        )


def test_another_team_s_customer_gets_no_note(people):
    customer = make_customer(owner=people.sales_west)
    with pytest.raises(DomainError):
        log_interaction(actor=people.sales_east, customer=customer, kind="call", summary="a")
    assert not Interaction.objects.exists()
