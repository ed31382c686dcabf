"""What the pages say and offer while nothing was analyzed yet."""

from __future__ import annotations

import pytest
from django.urls import reverse

from factories import make_customer
from zhike.crm.insight import jobs
from zhike.platform.models import Job

from .test_bought_in_months import found
from .test_pages import PAGES

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", PAGES)
def test_before_the_first_analysis_a_page_says_what_to_do(people, client, page):
    client.force_login(people.owner)
    assert reverse("imports:upload") in client.get(reverse(f"insight:{page}")).content.decode()


def test_with_customers_but_no_analysis_one_may_start_it(people, client):
    make_customer("甲", owner=people.sales_east)
    client.force_login(people.manager_east)
    assert reverse("insight:start_run") in client.get(reverse("insight:dashboard")).content.decode()
    client.force_login(people.sales_east)
    assert reverse("insight:start_run") not in client.get(reverse("insight:dashboard")).content.decode()


def test_without_insight_or_without_a_snapshot_it_shows_nobody(people, tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    make_customer("甲", owner=people.owner)
    assert found("bought_min=1", people.owner) == set()


def test_a_run_is_started_once(people, client):
    client.force_login(people.manager_east)
    for _twice in range(2):
        response = client.post(reverse("insight:start_run"))
        assert response.status_code == 302
    assert Job.objects.filter(kind=jobs.RUN).count() == 1


def test_starting_needs_the_right_and_a_post(people, client):
    client.force_login(people.sales_east)
    assert client.post(reverse("insight:start_run")).status_code == 403
    client.force_login(people.owner)
    assert client.get(reverse("insight:start_run")).status_code == 405
