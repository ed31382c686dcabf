"""The pages of care: what they show, what they refuse, and what a click leaves behind."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from crm.care.conftest import TODAY, person, rule
from factories import make_customer
from zhike.crm.care import queries, services, tone
from zhike.crm.care.models import CareRule, OwnDate, Reminder
from zhike.crm.customers.models import Contact, Customer
from zhike.crm.interactions.models import Interaction
from zhike.crm.tasks.calendar import entries
from zhike.platform.errors import DomainError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def birthday(people):
    rule(greeting="{name}您好，生日快乐！")
    return person("王芳", born="1980-02-05", owner=people.sales_east)


def form(customer, **more):
    return {"key": f"c{customer.pk}:birthday:2026", "on": "2026-02-05", "occasion": "birthday", **more}


def test_the_list_shows_who_when_why_and_what_to_say(client, people, birthday):
    client.force_login(people.sales_east)
    page = client.get(reverse("care:upcoming")).content.decode()
    assert "王芳您好，生日快乐！" in page
    assert "2026-02-05" in page
    assert "46" in page


def test_another_team_sees_nothing(client, people, birthday):
    client.force_login(people.sales_west)
    assert "王芳" not in client.get(reverse("care:upcoming")).content.decode()
    assert queries.upcoming(people.sales_west) == []
    answer = client.post(reverse("care:settle", args=[birthday.pk]), form(birthday, action="done"))
    assert answer.status_code == 404


def test_done_before_the_reminder_came_means_no_reminder(client, people, birthday):
    client.force_login(people.sales_east)
    client.post(reverse("care:settle", args=[birthday.pk]), form(birthday, action="done"))
    (row,) = Reminder.objects.all()
    assert (row.state, row.handled_by) == ("done", people.sales_east)
    assert queries.upcoming(people.sales_east) == []


def test_skipping_needs_a_reason(client, people, birthday):
    client.force_login(people.sales_east)
    client.post(reverse("care:settle", args=[birthday.pk]), form(birthday, action="skip"))
    assert not Reminder.objects.exclude(state="due").exists()
    client.post(reverse("care:settle", args=[birthday.pk]), form(birthday, action="skip", reason="not_now"))
    assert Reminder.objects.get().reason == "not_now"


def test_sent_is_noted_in_the_timeline(client, people, birthday):
    client.force_login(people.sales_east)
    client.post(reverse("care:settle", args=[birthday.pk]), form(birthday, action="log", text="王芳您好"))
    (noted,) = Interaction.objects.all()
    assert (noted.summary, noted.author) == ("王芳您好", people.sales_east)
    assert Reminder.objects.get().state == "done"


def test_a_made_up_occasion_is_not_found(client, people, birthday):
    client.force_login(people.sales_east)
    wrong = {
        "key": f"c{birthday.pk}:birthday:1999",
        "on": "2026-02-05",
        "occasion": "birthday",
        "action": "done",
    }
    assert client.post(reverse("care:settle", args=[birthday.pk]), wrong).status_code == 404


@pytest.mark.parametrize("text", ["清明节快乐", "祝贺您", "Happy Qingming", "恭喜恭喜"])
@pytest.mark.parametrize("occasion", ["qingming", "zhongyuan"])
def test_nobody_is_congratulated_on_a_day_of_mourning(client, people, occasion, text):
    client.force_login(people.owner)
    data = {"occasion": occasion, "lead": 3, "lead_in": "days", "greeting": text, "active": "on"}
    assert client.post(reverse("care:create_rule"), data).status_code == 422
    with pytest.raises(DomainError):
        services.save_rule(actor=people.owner, occasion=occasion, greeting=text)
    # A text that came into the store in another way is not shown either.
    shown = tone.greeting(occasion, "王芳", own=text, label="清明")
    assert shown
    assert tone.fits(occasion, shown)


def test_every_usual_greeting_fits_its_day(settings):
    from django.utils import translation

    for language in ("en", "zh-hans"):
        with translation.override(language):
            for code, text in tone.GREETINGS.items():
                assert tone.fits(code, str(text)), code
                assert tone.NAME in str(text)


def test_rules_are_saved_switched_and_previewed(client, people, birthday):
    client.force_login(people.owner)
    data = {
        "occasion": "birthday",
        "lead": 5,
        "lead_in": "working_days",
        "for_contacts": "on",
        "active": "on",
    }
    preview = client.post(reverse("care:create_rule"), {**data, "action": "preview"})
    assert preview.context["preview"] == 1
    assert CareRule.objects.count() == 1
    client.post(reverse("care:create_rule"), {**data, "tiers": ["3", "4"], "action": "save"})
    saved = CareRule.objects.latest("pk")
    assert (saved.lead, saved.tiers) == (5, [3, 4])
    client.post(reverse("care:switch_rule", args=[saved.pk]))
    saved.refresh_from_db()
    assert not saved.active
    for name in ("rules", "create_rule", "year"):
        assert client.get(reverse(f"care:{name}")).status_code == 200
    client.force_login(people.sales_east)
    assert client.get(reverse("care:rules")).status_code == 403


def test_the_settings_decide_how_the_calendar_is_read(client, people):
    client.force_login(people.owner)
    person("阿闰", born="2004-03-21", lunar=True, owner=people.owner)
    rule()
    assert [one.on for one in queries.agenda(people.owner, date(2023, 2, 1), date(2023, 4, 1)).items] == [
        date(2023, 3, 22)
    ]
    data = {"leap_rule": "regular", "february_rule": "march", "catch_up_days": 5}
    assert client.post(reverse("care:rules"), data).status_code == 302
    assert [one.on for one in queries.agenda(people.owner, date(2023, 2, 1), date(2023, 4, 1)).items] == [
        date(2023, 2, 20)
    ]


def test_wishes_are_kept_and_open_tasks_dropped(client, people, birthday):
    from zhike.crm.care import reminders
    from zhike.crm.tasks.models import Task

    CareRule.objects.update(make_task=True, lead=1)
    reminders.run(TODAY)
    client.force_login(people.sales_east)
    address = reverse("care:preferences", args=[birthday.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"deceased": "on"}).status_code == 302
    assert Customer.objects.get(pk=birthday.pk).deceased_on == TODAY
    assert not Task.objects.open().exists()
    assert queries.upcoming(people.sales_east) == []
    assert queries.unfinished(people.sales_east) == []
    client.post(address, {})
    assert Customer.objects.get(pk=birthday.pk).deceased_on is None


def test_a_contacts_wishes_are_the_contacts_own(client, people):
    company = make_customer("公司", owner=people.sales_east)
    contact = Contact.objects.create(customer=company, name="李", birthday=date(1985, 2, 5))
    rule()
    client.force_login(people.sales_east)
    assert len(queries.upcoming(people.sales_east)) == 1
    client.post(reverse("care:contact_preferences", args=[contact.pk]), {"no_care": "on"})
    assert queries.upcoming(people.sales_east) == []
    client.force_login(people.sales_west)
    assert client.get(reverse("care:contact_preferences", args=[contact.pk])).status_code == 404


def test_a_date_is_remembered_and_forgotten(client, people):
    company = make_customer("公司", owner=people.sales_east)
    rule("own_date")
    client.force_login(people.sales_east)
    data = {"label": "开业", "on": "2020-02-10", "calendar": "solar", "yearly": "on"}
    assert client.post(reverse("care:add_date", args=[company.pk]), data).status_code == 302
    (one,) = queries.upcoming(people.sales_east)
    assert (one.label, one.on) == ("开业", date(2026, 2, 10))
    assert "开业" in client.get(reverse("care:card", args=[company.pk])).content.decode()
    client.post(reverse("care:delete_date", args=[OwnDate.objects.get().pk]))
    assert queries.upcoming(people.sales_east) == []


def test_festivals_stand_as_one_line_with_their_customers(client, people):
    rule("lantern", lead=5)
    for number in range(3):
        make_customer(f"客户{number}", owner=people.sales_east)
    client.force_login(people.sales_east)
    page = client.get(reverse("care:upcoming"), {"first": "2026-03-01"})
    ((_day, festivals, nobody),) = page.context["days"]
    assert [count for _kind, count in festivals] == [3]
    assert nobody == []
    page = client.get(reverse("care:upcoming"), {"first": "2026-03-01", "occasion": "lantern"})
    assert len(page.context["agenda"].items) == 3


def test_the_calendar_shows_ones_own_occasions(people, birthday):
    found = entries(people.sales_east, TODAY, date(2026, 2, 28))
    assert [(entry.kind, entry.on) for entry in found] == [("care", date(2026, 2, 5))]
    assert entries(people.sales_west, TODAY, date(2026, 2, 28)) == []


def test_the_birthday_rests_on_month_and_day_that_exist(people):
    from zhike.crm.customers.services import create_customer

    with pytest.raises(DomainError):
        create_customer(actor=people.owner, name="错", kind="person", birthday_month=2, birthday_day=30)
    created = create_customer(
        actor=people.owner,
        name="对",
        kind="person",
        birthday_month=2,
        birthday_day=30,
        birthday_calendar="lunar",
    )
    assert created.birthday_day == 30
