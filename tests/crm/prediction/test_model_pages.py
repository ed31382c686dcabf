"""The pages of the models and the prediction through the API, within everybody's rights."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.urls import reverse

from zhike.crm.accounts.models import Role, Team, User
from zhike.crm.accounts.services import create_token
from zhike.crm.prediction import queries
from zhike.crm.prediction.choices import Kind
from zhike.crm.prediction.models import CustomerPrediction, Recommendation
from zhike.platform.models import Job


@pytest.fixture
def staff(predicted):
    """An owner of the company, and two sales persons of different teams without a customer."""
    roles = {role.code: role for role in Role.objects.all()}
    east, west = (Team.objects.create(name=f"{name}测试组") for name in ("东", "西"))
    people = {"owner": ("owner", None), "sales_east": ("sales", east), "sales_west": ("sales", west)}
    users = {
        name: User.objects.create_user(
            f"t_{name}", "Passw0rd!", display_name=name, role=roles[code], team=team
        )
        for name, (code, team) in people.items()
    }
    return SimpleNamespace(east=east, west=west, **users)


def test_all_models_are_shown_with_their_figures(staff, client):
    client.force_login(staff.owner)
    text = client.get(reverse("prediction:models")).content.decode()
    for kind in Kind:
        assert str(kind.label) in text
        assert reverse("prediction:model", kwargs={"kind": kind}) in text


@pytest.mark.parametrize("kind", Kind.values)
def test_a_model_is_shown_with_parameters_tests_and_history(staff, client, kind):
    client.force_login(staff.owner)
    text = client.get(reverse("prediction:model", kwargs={"kind": kind})).content.decode()
    version = queries.active_version(kind)
    assert version.data["hash"] in text
    assert reverse("prediction:retrain", kwargs={"kind": kind}) in text
    assert client.get(reverse("prediction:model", kwargs={"kind": kind}) + "?version=99").status_code == 404
    assert client.get(reverse("prediction:model", kwargs={"kind": kind}) + "?version=x").status_code == 404


def test_an_unknown_model_is_not_found(staff, client):
    client.force_login(staff.owner)
    assert client.get(reverse("prediction:model", kwargs={"kind": "weather"})).status_code == 404
    assert client.post(reverse("prediction:retrain", kwargs={"kind": "weather"})).status_code == 404


def test_the_button_trains_and_the_page_follows_it(staff, client):
    client.force_login(staff.owner)
    answer = client.post(reverse("prediction:retrain", kwargs={"kind": "rhythm"}), follow=True)
    assert Job.objects.filter(kind="prediction.train", key="rhythm").exists()
    url = reverse("prediction:progress", kwargs={"kind": "rhythm"})
    assert url in answer.content.decode()
    assert client.get(url).status_code == 200
    Job.objects.filter(kind="prediction.train").update(state=Job.State.DONE)
    assert client.get(url).status_code == 286


def test_who_may_not_start_an_analysis_sees_no_button(staff, client):
    client.force_login(staff.sales_east)
    url = reverse("prediction:retrain", kwargs={"kind": "value"})
    page = client.get(reverse("prediction:model", kwargs={"kind": "value"}))
    assert page.status_code == 200
    assert url not in page.content.decode()
    assert client.post(url).status_code == 403


def test_everybody_sees_the_predictions_of_their_own_customers(staff):
    mine = CustomerPrediction.objects.first().customer
    type(mine).objects.filter(pk=mine.pk).update(owner=staff.sales_east, team=staff.east)
    type(mine).objects.exclude(pk=mine.pk).update(owner=None, team=None)
    seen = CustomerPrediction.objects.visible_to(staff.sales_east)
    assert [one.pk for one in seen] == [mine.pk]
    assert not CustomerPrediction.objects.visible_to(staff.sales_west).exists()
    assert CustomerPrediction.objects.visible_to(staff.owner).count() > 100
    offers = Recommendation.objects.visible_to(staff.sales_east)
    assert set(offers.values_list("customer_id", flat=True)) <= {mine.pk}
    type(mine).objects.filter(pk=mine.pk).update(no_profiling=True)
    assert not CustomerPrediction.objects.visible_to(staff.owner).filter(pk=mine.pk).exists()
    mine.refresh_from_db()
    assert queries.prediction_of(mine) is None


def test_the_api_gives_the_prediction_within_the_scope(staff, client):
    _row, secret = issue(staff.owner)
    one = CustomerPrediction.objects.filter(churn_status="scored", customer__recommendations__isnull=False)
    one = one.first()
    answer = client.get(f"/api/v1/customers/{one.pk}/prediction", headers=secret)
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert found["customer_id"] == one.pk
    assert found["basis"] == "margin"
    assert float(found["clv"]) == float(one.clv)
    assert found["churn_reasons"][0]["label"]
    offers = Recommendation.objects.filter(customer_id=one.pk)
    assert len(found["rebuy"]) + len(found["discover"]) == offers.count()
    assert client.get("/api/v1/customers/999999/prediction", headers=secret).status_code == 404
    _row, other = issue(staff.sales_west)
    type(one.customer).objects.filter(pk=one.pk).update(owner=staff.sales_east, team=staff.east)
    assert client.get(f"/api/v1/customers/{one.pk}/prediction", headers=other).status_code == 404


def issue(user):
    token, secret = create_token(actor=user, name="t")
    return token, {"Authorization": f"Bearer {secret}"}
