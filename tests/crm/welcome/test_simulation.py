"""A simulated company comes as a job and goes in one act, and nothing else goes with it."""

from __future__ import annotations

import copy
from datetime import date

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from built_once import built_once
from dying import Killed
from factories import make_customer, make_order, make_people
from zhike.crm.accounts.models import Team, User
from zhike.crm.catalog.models import Category, Product
from zhike.crm.customers import ownership
from zhike.crm.customers.models import Contact, Customer, CustomerList, CustomField
from zhike.crm.insight.models import CustomerScore, TierHistory
from zhike.crm.interactions.models import Interaction
from zhike.crm.orders.models import Order, OrderLine
from zhike.crm.tasks.models import Task
from zhike.crm.treatments.models import Treatment
from zhike.crm.welcome import services
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.jobs import KINDS, JobRun
from zhike.platform.models import Installation, Job


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """Own people and an own customer, and beside them a simulated company of 300 customers."""
    with (
        built_once(django_db_blocker, tmp_path_factory.mktemp("simulated")),
        pytest.MonkeyPatch.context() as patch,
    ):
        people = make_people()
        Installation.objects.update_or_create(defaults={"company_name": "远达贸易"})
        people.own = make_customer("自己的客户", owner=people.sales_east)
        make_order(people.own, date(2026, 5, 1), 50)
        ownership.record(None, origin="created", since_created=True)
        patch.setattr("zhike.demo.jobs._analyze", lambda _run: None)
        patch.setattr("zhike.demo.jobs._analyze_now", score_some)
        patch.setattr("zhike.platform.jobs.deliver", lambda _job_id: None)
        people.before = everything()
        run(services.start_simulation(actor=people.owner, customers=300))
        yield people


@pytest.fixture
def company(loaded, db):
    """Both, for one test that may write: its changes are taken back."""
    return copy.copy(loaded)


def score_some(_say) -> None:
    """In place of an analysis: every third customer of the simulation gets the highest tier."""
    chosen = Customer.objects.filter(source="simulated").order_by("pk")[::3]
    CustomerScore.objects.bulk_create(
        CustomerScore(customer=one, as_of=date(2026, 1, 1), tier=4, evaluated_at=timezone.now())
        for one in chosen
    )


def run(job: Job) -> dict:
    Job.objects.filter(pk=job.pk).update(state="running", lease="x")
    result = KINDS[job.kind].work(JobRun(Job.objects.get(pk=job.pk)))
    Job.objects.filter(pk=job.pk).update(state="done")
    return result


#: What remembers that something happened, and stays.
TRAILS = {"platform.job", "platform.auditevent", "platform.changelog", "platform.watermark"}


def everything() -> dict[str, set]:
    models = [one for one in apps.get_models(include_auto_created=True) if one._meta.managed]
    return {
        model._meta.label_lower: set(model._base_manager.values_list("pk", flat=True))
        for model in models
        if model._meta.label_lower not in TRAILS
    }


def test_it_is_loaded_labelled_and_only_once(company):
    assert Customer.objects.filter(source="simulated").count() == 300
    assert Installation.current().simulated
    assert Installation.current().company_name == "远达贸易"
    assert Task.objects.filter(origin="simulated").exists()
    assert not Task.objects.filter(customer=company.own).exists()
    assert Contact.objects.filter(birthday__isnull=False).exists()
    held_out = Treatment.objects.get().members.filter(held_out=True).count()
    assert CustomerList.objects.get().members.count() + held_out == 100
    with pytest.raises(DomainError):
        services.start_simulation(actor=company.owner, customers=300)


def test_a_size_that_is_no_number_is_refused(client, company):
    client.force_login(company.owner)
    assert client.post(reverse("welcome:start_simulation"), {"customers": "9" * 5_000}).status_code == 422


def test_removing_it_leaves_exactly_what_was_there_before(company):
    run(services.remove_simulation(actor=company.owner, typed="远达贸易"))
    assert everything() == company.before
    assert not Installation.current().simulated


def test_what_was_entered_meanwhile_stays(company):
    people = company
    seller = User.objects.filter(pk__in=Installation.current().simulation["users"]).first()
    product = Product.objects.filter(pk__in=Installation.current().simulation["products"]).first()
    category = product.category
    later = make_customer("新客户", owner=seller)
    order = make_order(later, date(2026, 11, 1), 80)
    OrderLine.objects.create(order=order, position=1, product=product, quantity=1, unit_price=80, amount=80)
    simulated = Customer.objects.filter(source="simulated").first()
    own = make_order(simulated, date(2026, 11, 2), 70)
    run(services.remove_simulation(actor=people.owner, typed="远达贸易"))
    assert set(Customer.objects.all()) == {people.own, later}
    assert Order.objects.filter(pk=order.pk).exists()
    assert not Order.objects.filter(pk=own.pk).exists()
    assert Product.objects.get() == product
    assert Category.objects.filter(pk=category.pk).exists()
    later.refresh_from_db()
    assert later.owner == seller
    assert Team.objects.filter(pk=seller.team_id).exists()
    assert User.objects.count() == 8
    for model in (Interaction, CustomerScore, TierHistory, CustomField):
        assert not model._base_manager.exists()


def test_a_removal_that_was_killed_goes_on(company, monkeypatch):
    from zhike.demo import removal

    monkeypatch.setattr(removal, "CHUNK", 100)
    job = services.remove_simulation(actor=company.owner, typed="远达贸易")

    def die(gone: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        removal.remove(die)
    assert Customer.objects.filter(source="simulated").count() == 200
    run(job)
    assert everything() == company.before


def test_the_name_must_be_typed(company, client):
    with pytest.raises(DomainError):
        services.remove_simulation(actor=company.owner, typed="别的")
    client.force_login(company.owner, "django.contrib.auth.backends.ModelBackend")
    answer = client.post(reverse("welcome:remove_simulation"), {"typed": "别的"}, follow=True)
    assert Customer.objects.filter(source="simulated").exists()
    assert "远达贸易" in answer.content.decode()


def test_only_who_manages_users_may_do_either(company):
    with pytest.raises(NotAllowed):
        services.remove_simulation(actor=company.manager_east, typed="远达贸易")
    with pytest.raises(NotAllowed):
        services.start_simulation(actor=company.manager_east, customers=300)


def test_the_pages_show_progress_and_what_would_go(company, client):
    client.force_login(company.owner, "django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("welcome:data")).content.decode()
    assert "300" in page
    job = services.remove_simulation(actor=company.owner, typed="远达贸易")
    assert client.get(reverse("welcome:simulation", args=[job.pk])).status_code == 200
