"""Runs: starting one, following it, and what a person without the right gets."""

from __future__ import annotations

import pytest
from django.urls import reverse

from zhike.crm.insight import jobs
from zhike.platform.models import Job

pytestmark = pytest.mark.django_db


def test_progress_ends_with_the_run(analyzed, client):
    client.force_login(analyzed.people.owner)
    assert client.get(reverse("insight:progress")).status_code == 286
    Job.objects.create(
        kind=jobs.RUN, state=Job.State.RUNNING, done=40, total=100, words={"zh-hans": "正在评分"}
    )
    response = client.get(reverse("insight:progress"))
    assert response.status_code == 200
    assert "正在评分" in response.content.decode()


def test_the_message_of_a_run_is_for_those_who_may_see_the_job(analyzed, client):
    Job.objects.create(
        kind=jobs.RUN, state=Job.State.RUNNING, done=40, total=100, words={"zh-hans": "正在评分"}
    )
    client.force_login(analyzed.people.sales_east)
    response = client.get(reverse("insight:progress"))
    assert response.status_code == 200
    assert "正在评分" not in response.content.decode()


def test_the_list_shows_day_and_version(analyzed, client):
    client.force_login(analyzed.people.owner)
    text = client.get(reverse("insight:runs")).content.decode()
    assert analyzed.today.isoformat() in text
    assert "v1" in text
