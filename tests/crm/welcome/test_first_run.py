"""The first run: the code, the set-up that closes itself, first people, first steps."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from factories import make_customer, make_people
from zhike.crm.accounts import services as accounts
from zhike.crm.accounts.models import Role, Team, User
from zhike.crm.accounts.services import ensure_starting_roles
from zhike.crm.tasks.services import complete_task, create_task
from zhike.crm.welcome import checklist, code, services
from zhike.platform import alarms
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import AuditEvent, Installation, Job

FIELDS = {
    "company": "远达贸易",
    "currency": "CNY",
    "time_zone": "Asia/Shanghai",
    "language": "zh-hans",
    "fiscal_year_start": 4,
    "username": "chen",
    "display_name": "陈总",
    "password": "Tall-Bamboo-7731",
}


@pytest.fixture
def empty(db):
    ensure_starting_roles()


def set_up(**fields) -> User:
    return services.set_up(**{**FIELDS, "setup_code": code.issue(), **fields})


class TestSetUp:
    def test_it_names_the_company_and_creates_the_administrator(self, empty):
        user = set_up()
        found = Installation.current()
        assert (found.company_name, found.currency, found.fiscal_year_start) == ("远达贸易", "CNY", 4)
        assert user.can("users.manage")
        assert user.check_password("Tall-Bamboo-7731")
        assert AuditEvent.objects.filter(event="installation.set_up", actor=user).exists()

    def test_without_the_code_nothing_happens(self, empty):
        code.issue()
        for wrong in ("", "AAAA-AAAA-AAAA"):
            with pytest.raises(DomainError):
                set_up(setup_code=wrong)
        assert not User.objects.exists()

    def test_before_any_code_was_issued_none_fits(self, empty):
        assert not code.fits("")

    def test_only_the_latest_code_fits_however_it_is_typed(self, empty):
        old, fresh = code.issue(), code.issue()
        assert not code.fits(old)
        assert code.fits(fresh.lower().replace("-", " "))

    def test_it_closes_itself_for_good(self, empty):
        set_up()
        assert not code.is_open()
        with pytest.raises(NotAllowed):
            set_up(username="other")
        User.objects.update(is_active=False)
        assert not code.is_open()

    def test_people_of_a_simulated_company_leave_it_open(self, empty):
        User.objects.create_user("sim", None, role=Role.objects.get(code="sales"))
        assert code.is_open()

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("currency", "XXX"),
            ("time_zone", "Mars/Base"),
            ("fiscal_year_start", 13),
            ("password", "12345678"),
        ],
    )
    def test_wrong_input_is_named_and_nothing_is_kept(self, empty, field, value):
        with pytest.raises(DomainError) as raised:
            set_up(**{field: value})
        assert raised.value.field == field
        assert not User.objects.exists()


class TestPages:
    def test_an_empty_installation_leads_from_sign_in_to_the_set_up(self, empty, client):
        assert client.get(reverse("accounts:sign_in")).url == reverse("welcome:begin")
        assert client.get(reverse("welcome:begin")).status_code == 200

    def test_setting_up_signs_in(self, empty, client):
        form = {**FIELDS, "setup_code": code.issue(), "again": FIELDS["password"]}
        answer = client.post(reverse("welcome:begin"), form)
        assert answer.url == reverse("welcome:people")
        assert client.get(reverse("welcome:people")).status_code == 200
        assert client.get(reverse("welcome:begin")).status_code == 404
        assert client.post(reverse("welcome:begin"), form).status_code == 404

    def test_a_wrong_code_keeps_the_input(self, empty, client):
        code.issue()
        form = {**FIELDS, "setup_code": "AAAA", "again": FIELDS["password"]}
        answer = client.post(reverse("welcome:begin"), form)
        assert answer.status_code == 422
        assert "远达贸易" in answer.content.decode()

    def test_with_people_it_is_gone(self, people, client):
        assert client.get(reverse("welcome:begin")).status_code == 404
        assert client.get(reverse("accounts:sign_in")).status_code == 200

    def test_first_people_get_passwords_that_work(self, empty, client):
        client.force_login(set_up(), "django.contrib.auth.backends.ModelBackend")
        role = Role.objects.get(code="sales").pk
        form = {"people-TOTAL_FORMS": "2", "people-INITIAL_FORMS": "0"}
        form |= {"people-0-display_name": "王芳", "people-0-username": "wang", "people-0-role": role}
        form |= {"people-0-team": "华东"}
        page = client.post(reverse("welcome:people"), form).content.decode()
        user = User.objects.get(username="wang")
        assert user.team == Team.objects.get(name="华东")
        password = page.split("<code>")[1].split("</code>")[0]
        assert user.check_password(password)

    def test_one_wrong_person_keeps_all_out_and_is_named(self, empty, client):
        client.force_login(set_up(), "django.contrib.auth.backends.ModelBackend")
        role = Role.objects.get(code="sales").pk
        form = {"people-TOTAL_FORMS": "2", "people-INITIAL_FORMS": "0"}
        for number, name in enumerate(("wang", "chen")):
            form |= {f"people-{number}-username": name, f"people-{number}-role": role}
        answer = client.post(reverse("welcome:people"), form)
        assert answer.status_code == 422
        assert not User.objects.filter(username="wang").exists()

    def test_skipping_leads_on(self, empty, client):
        client.force_login(set_up(), "django.contrib.auth.backends.ModelBackend")
        form = {"people-TOTAL_FORMS": "1", "people-INITIAL_FORMS": "0"}
        assert client.post(reverse("welcome:people"), form).url == reverse("welcome:data")
        assert client.get(reverse("welcome:data")).status_code == 200


class TestChecklist:
    def test_it_follows_what_is_there(self, people, client):
        client.force_login(people.owner, "django.contrib.auth.backends.ModelBackend")
        assert [step.done for step in checklist.steps()] == [False, False, False, True]
        make_customer(owner=people.sales_east)
        assert checklist.steps()[0].done
        assert client.get(reverse("welcome:checklist")).content

    def test_put_away_it_is_gone_for_everybody(self, people, client):
        client.force_login(people.owner, "django.contrib.auth.backends.ModelBackend")
        client.post(reverse("welcome:close_checklist"))
        assert client.get(reverse("welcome:checklist")).content == b""

    def test_it_is_for_those_who_set_things_up(self, people, client):
        client.force_login(people.sales_east, "django.contrib.auth.backends.ModelBackend")
        assert client.get(reverse("welcome:checklist")).status_code == 403


def test_a_failed_backup_reaches_those_who_may_back_up(people):
    from zhike.crm.notifications.models import Notification

    job = Job.objects.create(kind="platform.backup")
    for _again in range(2):
        alarms.backup_failed.send(None, job=job, reason="No space left on device")
    assert [row.user for row in Notification.objects.all()] == [people.owner]


EMPTY_PAGES = [
    "customers:list",
    "orders:list",
    "catalog:list",
    "imports:list",
    "insight:dashboard",
    "insight:tiers",
    "insight:rfm",
    "insight:pareto",
    "statistics:page",
    "insight:runs",
    "platform:jobs",
    "platform:backups",
    "tasks:list",
    "accounts:teams",
    "today:page",
]


@pytest.mark.parametrize("name", EMPTY_PAGES)
def test_every_empty_page_says_what_to_do_next(empty, client, name):
    client.force_login(set_up(), "django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse(name)).content.decode()
    at = page.index('class="empty')
    card = page[at : at + 3000]
    assert "btn" in card, card


def test_people_of_a_simulated_company_count_as_no_colleagues(empty):
    set_up()
    User.objects.create_user("sim", None, role=Role.objects.get(code="sales"))
    assert not checklist.steps()[3].done
    make_people()
    assert checklist.steps()[3].done


# The company, later


def test_in_another_zone_open_tasks_keep_their_time_of_day(people):
    due = timezone.localdate() + timedelta(days=10)
    task = create_task(actor=people.owner, title="回访", due_on=due, due_time=time(10))
    done = create_task(actor=people.owner, title="已完成", due_on=due, due_time=time(10))
    complete_task(actor=people.owner, task=done)
    told = done.remind_at
    company = {"company": "远达", "language": "en", "fiscal_year_start": 4}
    services.change_company(actor=people.owner, time_zone="Europe/London", **company)
    task.refresh_from_db()
    done.refresh_from_db()
    assert task.remind_at == datetime.combine(due, time(10), ZoneInfo("Europe/London"))
    assert done.remind_at == told
    new = accounts.create_user(
        actor=people.owner,
        username="new",
        display_name="",
        password="Passw0rd!x9",
        role=people.roles["sales"],
    )
    assert new.language == "en"


def test_the_company_is_changed_by_who_manages_users(client, people):
    address = reverse("welcome:company")
    client.force_login(people.sales_east)
    assert client.get(address).status_code == 403
    client.force_login(people.owner)
    data = {"company": "远达", "time_zone": "Asia/Tokyo", "language": "en", "fiscal_year_start": "7"}
    assert client.post(address, data | {"time_zone": "Mars/Base"}).status_code == 422
    assert client.post(address, data).status_code == 302
    now = Installation.current()
    assert (now.company_name, now.time_zone, now.fiscal_year_start) == ("远达", "Asia/Tokyo", 7)
    assert 'value="7" selected' in client.get(address).content.decode()
