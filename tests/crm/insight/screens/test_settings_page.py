"""The tier model's page: errors beside their fields, a preview that saves nothing, a save that starts a run."""

from __future__ import annotations

import pytest
from django.urls import reverse

from zhike.crm.insight import services
from zhike.crm.insight.forms import DefinitionForm
from zhike.crm.insight.models import TierModel, Version
from zhike.platform.models import Job

pytestmark = pytest.mark.django_db
URL = "insight:tier_settings"


def fields(**changes) -> dict[str, object]:
    """What a browser sends for the definition as it stands."""
    form = DefinitionForm(services.current_definition())
    data: dict[str, object] = {}
    for formset in (form.dimensions, form.tiers):
        data |= {
            f"{formset.prefix}-TOTAL_FORMS": len(formset.forms),
            f"{formset.prefix}-INITIAL_FORMS": len(formset.forms),
        }
        data |= {
            field.html_name: field.value() for row in formset for field in row if field.value() is not None
        }
    data |= {field.html_name: field.value() for field in form.settings}
    return {**data, **changes}


def with_crown(**changes) -> dict[str, object]:
    crown = {"tiers-TOTAL_FORMS": 5, "tiers-4-zh": "至尊", "tiers-4-en": "Crown", "tiers-4-share": "1"}
    return fields(**crown, **{"tiers-4-min_score": "95"}, **changes)


def test_the_form_describes_the_definition_it_was_made_from(people):
    form = DefinitionForm(services.current_definition(), fields())
    assert form.is_valid()
    assert form.cleaned() == services.current_definition()


def test_saving_what_did_not_change_starts_nothing(people, client):
    client.force_login(people.owner)
    response = client.post(reverse(URL), fields(action="save"))
    assert response.status_code == 302
    assert not Job.objects.exists()


def test_weights_must_add_up(people, client):
    client.force_login(people.owner)
    response = client.post(reverse(URL), fields(**{"dimensions-0-weight": "39"}, action="save"))
    assert response.status_code == 422
    assert "99" in response.content.decode()
    assert not Job.objects.exists()


def test_a_preview_saves_nothing_and_says_who_would_move(analyzed, client):
    client.force_login(analyzed.people.owner)
    response = client.post(reverse(URL), with_crown(action="preview"))
    preview = response.context["preview"]
    assert [row["name"] for row in preview["rows"]] == ["至尊", "钻石", "黄金", "白银", "青铜"]
    assert sum(row["after"] for row in preview["rows"]) == 40
    assert Version.objects.count() == 1


def test_a_preview_before_the_first_analysis_says_so(people, client):
    client.force_login(people.owner)
    response = client.post(reverse(URL), fields(**{"settings-grace_days": "10"}, action="preview"))
    assert response.status_code == 200
    assert "preview" not in response.context


def test_a_save_makes_a_new_version(analyzed, client, django_capture_on_commit_callbacks):
    client.force_login(analyzed.people.owner)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse(URL), with_crown(action="save", **{"settings-grace_days": "10"}))
    assert response.status_code == 302
    tiers = TierModel.objects.get().definition["tiers"]
    assert [tier["code"] for tier in tiers["tiers"]] == ["bronze", "silver", "gold", "diamond", "crown"]
    assert tiers["grace_days"] == 10
    assert Version.objects.get(is_current=True).number == 2
    assert "v2" in client.get(reverse("insight:tiers")).content.decode()


def test_a_removed_row_is_gone(people):
    form = DefinitionForm(services.current_definition(), fields(**{"tiers-0-DELETE": "on"}))
    assert form.is_valid()
    assert [tier["code"] for tier in form.cleaned()["tiers"]["tiers"]] == ["bronze", "silver", "gold"]


def test_a_rule_of_the_model_stands_beside_its_field(people, client):
    client.force_login(people.owner)
    wrong = {"settings-lost_ratio": "1.5", "tiers-0-share": "60"}
    form = client.post(reverse(URL), fields(**wrong, action="save")).context["form"]
    assert form.settings.errors["lost_ratio"]


def test_only_who_may_change_tiers_opens_the_page(people, client):
    for role, status in (("sales_east", 403), ("manager_east", 403), ("analyst", 200)):
        client.force_login(getattr(people, role))
        assert client.get(reverse(URL)).status_code == status


def test_where_a_second_person_approves_the_page_says_so_and_keeps_what_was_typed(people, client):
    client.force_login(people.analyst)
    response = client.post(reverse(URL), with_crown(action="save"))
    assert response.status_code == 422
    assert "第二人" in response.content.decode()
    assert "至尊" in response.content.decode()
    assert not Job.objects.exists()


def test_a_transformation_made_elsewhere_stays_with_its_dimension(people):
    definition = services.current_definition()
    transform = {"transform": "linear", "low": None, "high": 5_000_000}
    definition["tiers"]["dimensions"][0] |= transform
    data = fields()
    kept = DefinitionForm(definition, data)
    assert kept.is_valid()
    assert kept.cleaned()["tiers"]["dimensions"][0].items() >= transform.items()
    other = DefinitionForm(definition, {**data, "dimensions-0-feature": "revenue"})
    assert other.is_valid()
    assert "transform" not in other.cleaned()["tiers"]["dimensions"][0]
