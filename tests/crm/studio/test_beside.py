"""Models beside the primary one: tiers by potential, evaluated after each analysis and each scoring."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from zhike.analytics.tiers.measures import PREDICTED
from zhike.analytics.tiers.model import Dimension
from zhike.crm.accounts.models import User
from zhike.crm.insight import deciding, labels, versions
from zhike.crm.insight.choices import Came
from zhike.crm.insight.models import CustomerScore, TierAssignment, TierModel, TierOverride
from zhike.crm.notifications.kinds import KINDS
from zhike.crm.notifications.models import Notification
from zhike.crm.portfolio import queries as portfolio
from zhike.crm.prediction.models import CustomerPrediction
from zhike.crm.studio import endings, jobs, pictures, queries, reviews, secondary, services, simulation
from zhike.crm.studio.models import Draft
from zhike.platform.errors import DomainError
from zhike.platform.models import Job

from .conftest import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def predicted(analysed):
    """The fewer a customer bought, the more is expected."""
    CustomerPrediction.objects.bulk_create(
        CustomerPrediction(
            customer=customer,
            as_of=TODAY,
            p_active=0.5,
            expected_orders=31 - k,
            clv=Decimal(1000 * (31 - k)),
            churn_probability=0.2,
            written_at=timezone.now(),
        )
        for k, customer in enumerate(analysed, 1)
    )
    return analysed


@pytest.fixture
def potential(predicted, people, boss, definition, finish) -> TierModel:
    definition["tiers"]["cut"] = "share"
    definition["tiers"]["dimensions"] = [
        {"code": "clv", "feature": "clv", "weight": 60, "direction": "higher", "name": {}},
        {"code": "growth", "feature": "growth", "weight": 40, "direction": "higher", "name": {}},
    ]
    draft = services.create_draft(people.analyst, name="潜力", definition=definition)
    return publish(draft, people.analyst, boss, finish)


def publish(draft, author, approver, finish) -> TierModel:
    services.simulate(author, draft)
    draft.refresh_from_db()
    services.submit(author, draft, note="看潜力")
    model = services.approve(approver, draft)
    finish()
    return model


def test_a_model_of_predictions_stands_beside_the_primary_one(potential, predicted, people, finish):
    primary = versions.ensure_default_model()
    assert not potential.is_primary
    assert TierAssignment.objects.filter(model=potential).count() == 30
    first = queries.assignments_of(predicted[0])
    assert [(one.model, one.tier, one.name) for one in first] == [
        (potential, 3, labels.say(versions.settings_of(potential).tiers.tiers[2].name))
    ]
    # Those who bought least are expected to grow most.
    assert CustomerScore.objects.get(customer=predicted[0]).tier == 1
    table = queries.cross_table(people.owner, primary, potential)
    assert table.customers == 30
    assert sum(table.cell(1, rank).customers for rank in (1, 2, 3)) == (
        CustomerScore.objects.filter(tier=1).count()
    )
    assert sum(cell.revenue for cell in table.cells.values()) == sum(
        CustomerScore.objects.values_list("net_revenue", flat=True)
    )
    assert queries.cross_table(people.sales_east, primary, potential).customers == 0
    # Before it was published it was compared with the primary model in the same way.
    told = queries.simulated(Draft.objects.get(model=potential))
    flows = {(flow.before, flow.after): flow.customers for flow in told.flows}
    assert flows == {pair: cell.customers for pair, cell in table.cells.items()}
    # A cell opens its customers: those with one tier here and one there.
    cell = QueryDict(urlsplit(queries.address((primary, 1), (potential, 3))).query)
    assert portfolio.filtered(people.owner, cell).count() == table.cell(1, 3).customers > 0
    twice = QueryDict(f"member=model:{potential.pk}:3&member=model:{potential.pk}:2")
    assert portfolio.filtered(people.owner, twice).count() == 0
    # Nothing new: nothing is written again. A new prediction: one customer at most is.
    assert secondary.evaluate(potential) == 0
    CustomerPrediction.objects.filter(customer=predicted[0]).update(clv=1, expected_orders=0)
    assert secondary.evaluate(potential) == 1
    assert queries.assignments_of(predicted[0])[0].tier == 1


def test_a_model_beside_is_fixed_anew_as_it_was_simulated(potential, predicted, people, boss, finish):
    """Its rules are the same; the customers are others."""
    CustomerPrediction.objects.filter(customer__in=predicted[:9]).update(clv=1, expected_orders=0)
    assert secondary.evaluate(potential) > 0
    draft = services.create_draft(people.analyst, model=potential)
    publish(draft, people.analyst, boss, finish)
    rows = simulation.reader(draft.pk).query("SELECT customer_id, before, after FROM moves")
    assert any(before != after for _customer, before, after in rows)
    stored = TierAssignment.objects.filter(model=potential).values_list("customer_id", "tier")
    assert dict(stored) == {customer: after for customer, _before, after in rows}
    newest = queries.activations(potential)[0]
    assert (newest.version.number, newest.came) == (2, Came.PUBLISHED)


def test_the_customer_page_shows_the_tiers_in_other_models(potential, predicted, people, client):
    client.force_login(people.owner)
    text = client.get(reverse("customers:side_cards", args=[predicted[0].pk])).content.decode()
    assert "潜力" in text
    assert reverse("studio:model", args=[potential.pk]) in text


@pytest.mark.parametrize("name", PREDICTED)
def test_what_the_models_foresee_has_its_picture(predicted, name):
    found = pictures.spread(Dimension.from_dict({"code": name, "feature": name, "weight": 1, "name": {}}))
    assert len(found.bars) == 30
    assert pictures.distribution(name).size == 30
    # Where all are equal there are no points to tell them apart.
    assert bool(found.line) == (name not in ("p_active", "churn_probability"))


def test_an_analysis_or_a_scoring_asks_for_an_evaluation(potential, full_run, finish):
    jobs.evaluate_when_due()
    finish()
    assert jobs.evaluate_when_due() is None
    full_run()
    assert jobs.evaluate_when_due() is not None
    finish()
    assert jobs.evaluate_when_due() is None
    Job.objects.create(kind=jobs.SCORING, state=Job.State.DONE)
    assert jobs.evaluate_when_due() is not None


def test_a_model_that_fails_does_not_stop_the_others(potential, finish):
    TierModel.objects.create(name="坏", definition={"tiers": {"dimensions": [{"code": "x"}]}})
    record = Job.objects.create(kind=jobs.EVALUATE)
    finish()
    record.refresh_from_db()
    assert list(record.result["changed"]) == [str(potential.pk)]
    assert len(record.result["problems"]) == 1


def test_a_model_without_predictions_becomes_the_primary_one(analysed, people, boss, definition, finish):
    beside = publish(
        services.create_draft(people.analyst, name="稳重", definition=definition),
        people.analyst,
        boss,
        finish,
    )
    before = CustomerScore.objects.filter(tier=4).count()
    assert before
    draft = services.create_draft(people.analyst, model=beside)
    draft = services.save_draft(people.analyst, draft, make_primary=True)
    primary = publish(draft, people.analyst, boss, finish)
    assert primary.is_primary
    assert primary.name == "稳重"
    assert len(labels.tier_model().tiers) == 3
    assert not CustomerScore.objects.filter(tier=4).exists()
    old = TierModel.objects.get(is_primary=False)
    assert (old.name, len(versions.settings_of(old).tiers.tiers)) == ("Customer value", 4)
    assert TierAssignment.objects.filter(model=old, tier=4).count() == before


def test_a_model_out_of_use_leaves_nothing_behind(potential, boss):
    with pytest.raises(DomainError):
        services.retire(boss, versions.ensure_default_model())
    services.retire(boss, potential)
    assert not TierAssignment.objects.exists()
    assert [state.model.is_primary for state in queries.models()] == [True]


def test_people_are_reminded_of_a_review_once(db, people, boss):
    model = versions.ensure_default_model()
    reviews.set_review(model, TODAY, people.analyst)
    assert reviews.remind(date.today() - timedelta(days=1)) == 0
    assert reviews.remind(TODAY) == 3
    assert reviews.remind(TODAY) == 0
    assert set(Notification.objects.values_list("user__username", flat=True)) == {"owner", "analyst", "boss"}
    assert queries.models()[0].review_on == TODAY
    services.set_review(people.analyst, model, None)
    assert not queries.models()[0].review_on


def test_a_publication_answers_the_review_that_was_due(potential, analysed, people, boss, finish):
    services.set_review(people.analyst, potential, TODAY + timedelta(days=5))
    draft = services.create_draft(people.analyst, model=potential)
    assert draft.review_on == TODAY + timedelta(days=5)
    reviews.set_review(potential, TODAY, people.analyst)
    draft = services.save_draft(people.analyst, draft, review_on=TODAY)
    publish(draft, people.analyst, boss, finish)
    assert reviews.due_on(potential) is None


def decided(customer, actor, days: int) -> TierOverride:
    given = {"tier": 2, "reason": "战略伙伴", "expires_on": TODAY + timedelta(days=days)}
    return deciding.override_tier(actor, customer, **given)


def test_before_a_tier_set_by_hand_ends_two_people_are_told_once(analysed, people):
    soon, later = analysed[:2]
    owner = people.sales_east
    type(soon).objects.filter(pk=soon.pk).update(owner=owner, team=owner.team)
    decided(soon, people.analyst, 7)
    decided(later, people.analyst, 8)
    assert endings.tell(TODAY) == 2
    assert endings.tell(TODAY) == endings.tell(TODAY - timedelta(days=1)) == 0
    told = Notification.objects.filter(kind=endings.ENDING)
    assert set(told.values_list("user__username", flat=True)) == {"analyst", "sales_east"}
    with override("zh-hans"):
        words = KINDS[endings.ENDING].words(told[0].params)
    assert words == f"客户1 的人工定级“白银”将于 {TODAY + timedelta(days=7)} 到期"
    # Another last day is another thing to tell; whoever left is not told.
    decided(soon, people.analyst, 3)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert endings.tell(TODAY) == 1
