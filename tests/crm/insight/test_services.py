"""Verbs of the analysis: who may start it, and how a changed definition comes into force."""

from __future__ import annotations

import copy

import pytest
from django.utils import translation

from zhike.crm.insight import events, jobs, previews, services, versions
from zhike.crm.insight.errors import DefinitionError, NoAnalysisError
from zhike.crm.insight.models import CustomerScore, TierModel, Version
from zhike.platform.errors import NotAllowed
from zhike.platform.models import AuditEvent, Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def definition() -> dict:
    return copy.deepcopy(services.default_definition())


def publish(approver, definition: dict) -> None:
    model = versions.ensure_default_model()
    services.publish_definition(approver, model, definition, author=approver, note="")


def with_five_tiers(definition: dict) -> dict:
    tiers = definition["tiers"]["tiers"]
    tiers.append({**tiers[-1], "code": "black", "name": {"en": "Black", "zh": "黑金"}, "share": 0.02})
    return definition


def test_a_run_needs_the_right_to_start_one(people):
    with pytest.raises(NotAllowed):
        services.start_run(people.sales_east)
    assert not Job.objects.exists()


def test_a_second_start_joins_the_run_that_waits(people):
    first = services.start_run(people.owner)
    assert services.start_run(people.analyst).pk == first.pk
    assert AuditEvent.objects.filter(event="insight.run_started").count() == 2


def test_the_command_runs_at_once_and_tells_what_it_does(company):
    told: list[str] = []
    job = services.run_now(progress=told.append)
    assert job.state == Job.State.DONE
    assert told


def test_a_definition_needs_the_right_to_change_it(people, definition):
    with pytest.raises(NotAllowed):
        publish(people.manager_east, with_five_tiers(definition))
    assert not AuditEvent.objects.exists()


def test_a_bad_definition_names_every_field(people, definition):
    definition["tiers"]["dimensions"][0]["weight"] = -1
    definition["tiers"]["tiers"][3]["share"] = 7
    with translation.override("en"), pytest.raises(DefinitionError) as caught:
        publish(people.owner, definition)
    fields = [field for field, _sentence in caught.value.problems]
    assert "tiers.dimensions.0.weight" in fields
    assert "tiers.tiers.3.share" in fields
    with translation.override("zh-hans"), pytest.raises(DefinitionError) as caught:
        publish(people.owner, definition)
    assert "必须" in str(caught.value)


@pytest.mark.parametrize("broken", [{"tiers": {}}, {"tiers": None}, {"surprise": 1}, {"rfm": {"x": 1}}])
def test_a_malformed_definition_is_an_error_of_the_person(people, broken):
    with pytest.raises(DefinitionError):
        publish(people.owner, broken)


def test_a_changed_definition_makes_a_new_version_and_everybody_follows(
    people, company, full_run, definition
):
    full_run()
    assert events.due() is None
    changed = with_five_tiers(definition)
    publish(people.owner, changed)
    assert events.due() == "definition"
    assert Job.objects.filter(kind=jobs.RUN, state=Job.State.QUEUED).count() == 1
    Job.objects.all().delete()
    full_run()
    assert list(Version.objects.order_by("number").values_list("number", "is_current")) == [
        (1, False),
        (2, True),
    ]
    assert not CustomerScore.objects.exclude(version=versions.current()).exists()
    assert len(versions.calibration_of(versions.current()).model.tiers) == 5
    assert events.due() is None
    record = AuditEvent.objects.get(event="tiers.definition_saved")
    assert "tiers" in record.changes


def test_the_same_definition_again_is_fixed_anew_but_no_change_of_rules(people, definition):
    publish(people.owner, definition)
    assert not AuditEvent.objects.exists()
    assert Job.objects.get().params == {"recalibrate": True}


def test_a_preview_tells_who_would_move(people, company, full_run, definition):
    full_run()
    same = previews.preview(services.checked(definition))
    assert (same.moved, same.customers) == (0, 30)
    definition["tiers"]["tiers"][3]["share"] = 0.5
    definition["tiers"]["tiers"][2]["share"] = 0.2
    definition["tiers"]["tiers"][1]["share"] = 0.1
    found = previews.preview(services.checked(definition))
    assert found.counts_after[4] == 15
    assert found.moved == sum(n for source, target, n in found.flows if source != target) > 0
    assert TierModel.objects.get().definition["tiers"]["tiers"][3]["share"] == 0.05


def test_a_preview_needs_an_analysis(people, definition):
    with pytest.raises(NoAnalysisError):
        previews.preview(services.checked(definition))


def test_a_version_of_too_little_data_is_outgrown(company, full_run):
    full_run()
    version = versions.current()
    assert not versions.has_outgrown(version, 31)
    assert versions.has_outgrown(version, 45)
