"""Companies with too little data, and asking for a training."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from factories import make_customer, make_order
from zhike.crm.insight import places
from zhike.crm.prediction import jobs, queries, rescoring, services
from zhike.crm.prediction.choices import Kind
from zhike.crm.prediction.models import CustomerPrediction
from zhike.crm.prediction.words import guards_of, reason_words
from zhike.platform import daily
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import DailyRun, Job


def test_every_night_all_models_are_trained(db):
    assert daily.WORKS["prediction.train"].hour == 2
    day = date.today()
    record = Job.objects.get(pk=jobs.train_nightly(daily.DayRun(day, [day], DailyRun()))["job"])
    assert record.params["kinds"] == list(Kind.values)


def test_who_may_start_an_analysis_may_train(people):
    record = services.train("churn", people.owner)
    assert record.params == {"kinds": ["churn"]}
    assert services.train("churn", people.owner) == record
    with pytest.raises(NotAllowed):
        services.train("churn", people.sales_east)
    with pytest.raises(DomainError):
        services.train("weather", people.owner)


def test_a_tiny_company_gets_rules_and_silence(db, tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    today = date.today()
    for number in range(1, 9):
        customer = make_customer(f"客户{number}")
        for order in range(number):
            make_order(customer, today - timedelta(days=10 * order + number), 100)
    result = services.score_now().result
    assert result["published"] == 8
    for kind in Kind.values:
        version = queries.active_version(kind)
        assert version.parameters["rules"]
        assert guards_of(version)
        assert reason_words(version.reason)
    for one in CustomerPrediction.objects.all():
        assert (one.clv, one.p_active, one.churn_probability, one.next_order_expected) == (None,) * 4
        assert one.value_at_risk is None
        assert one.churn_status in ("new", "too_little", "lost")


def test_a_company_without_an_order_is_no_error(people, client, tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    assert services.score_now().result["customers"] == 0
    client.force_login(people.owner)
    pages = [
        reverse("prediction:models"),
        *(reverse("prediction:model", args=[kind]) for kind in Kind.values),
    ]
    assert {client.get(page).status_code for page in pages} == {200}


def test_the_first_orders_are_learned_from_at_once(db, tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    services.score_now()
    customer = make_customer("客户")
    make_order(customer, date.today() - timedelta(days=3), 100)
    assert rescoring.rescore([customer.pk]) == 1
    assert CustomerPrediction.objects.get().churn_status == ""
    places.customers_file().unlink()
    assert services.score_now().result["customers"] == 1
    assert {queries.active_version(kind).number for kind in Kind.values} == {2}
    assert CustomerPrediction.objects.get().churn_status == "new"


def test_a_model_without_a_version_says_so(people, client):
    client.force_login(people.owner)
    assert client.get(reverse("prediction:models")).status_code == 200
    assert client.get(reverse("prediction:model", kwargs={"kind": "value"})).status_code == 200
