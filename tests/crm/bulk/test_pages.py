"""The steps in the pages: choose, set, look, confirm, see the result, undo; and the pages of lists."""

from __future__ import annotations

import pytest

from factories import make_customer
from zhike.crm.bulk.models import BulkAct
from zhike.crm.customers.models import Customer, CustomerList, ListMember, Tag
from zhike.crm.tasks.models import Task
from zhike.crm.treatments.models import Treatment

pytestmark = pytest.mark.django_db


@pytest.fixture
def ten(people):
    return [make_customer(f"客户{n}", owner=people.sales_east, province="31") for n in range(10)]


def words(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_list_offers_acts_for_ticked_rows_and_for_all(as_user, ten):
    page = words(as_user("sales_east").get("/customers/?province=31"))
    assert 'name="ids"' in page
    assert "/bulk/start?province=31" in page
    menu = words(as_user("sales_east").get("/bulk/menu"))
    assert "Assign" in menu
    assert "Create tasks" in menu
    assert "Assign" not in words(as_user("analyst").get("/bulk/menu"))


def test_the_first_step_says_who_was_chosen(as_user, ten):
    page = words(as_user("sales_east").get(f"/bulk/start?ids={ten[0].pk}&ids={ten[1].pk}"))
    assert "2 customers" in page
    assert "What shall happen" in page


def test_the_preview_counts_and_shows_before_and_after_and_changes_nothing(as_user, people, ten):
    ten[0].tags.add(Tag.objects.create(name="VIP"))
    client = as_user("sales_east")
    answer = client.post("/bulk/start?act=tag&province=31", {"tags": ["VIP"], "new": "展会"})
    assert answer.status_code == 302
    page = client.get(answer.url)
    preview = page.context["preview"]
    assert (preview.total, preview.changing, preview.same) == (10, 10, 0)
    assert (preview.lines[0].before, preview.lines[0].after) == ("VIP", "VIP、展会")
    assert not Tag.objects.filter(name="展会").exists()
    assert not ten[1].tags.exists()


def test_from_the_ticks_to_the_result_and_back(as_user, people, ten, django_capture_on_commit_callbacks):
    client = as_user("manager_east")
    chosen = "&".join(f"ids={one.pk}" for one in ten[:4])
    draft = client.post(f"/bulk/start?act=assign&{chosen}", {"owners": [people.sales_east2.pk]})
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{draft.url}/confirm")
    result = words(client.get(draft.url))
    assert "Done." in result
    assert Customer.objects.filter(owner=people.sales_east2).count() == 4
    act = BulkAct.objects.get()
    changed = client.get(f"/customers/?bulk={act.pk}&result=changed")
    assert len(changed.context["table"].rows) == 4
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{draft.url}/undo")
    assert "Undone: 4 customers" in words(client.get(draft.url))
    assert not Customer.objects.filter(owner=people.sales_east2).exists()
    assert "Assign" in words(client.get("/bulk/"))


def test_tasks_suggest_a_hold_out_of_a_tenth_under_their_title(as_user, ten):
    client = as_user("sales_east")
    given = {"title": "中秋回访", "due_on": "2026-12-01", "assignee": "owner", "for_treatment": "on"}
    draft = client.post("/bulk/start?act=task&province=31", given)
    form = client.get(draft.url).context["form"]
    assert form.initial == {"treatment": True, "percent": 10, "purpose": "中秋回访"}


def test_a_confirmed_hold_out_is_a_treatment(as_user, ten, django_capture_on_commit_callbacks):
    client = as_user("sales_east")
    given = {"title": "中秋回访", "due_on": "2026-12-01", "assignee": "owner", "for_treatment": "on"}
    draft = client.post("/bulk/start?act=task&province=31", given)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{draft.url}/confirm", {"treatment": "on", "percent": "40", "purpose": "中秋回访"})
    treatment = Treatment.objects.get()
    assert treatment.treated + treatment.held_out == 10
    assert Task.objects.count() == treatment.treated
    assert "中秋回访" in words(client.get(draft.url))


def test_a_hold_out_without_a_purpose_is_asked_for_it(as_user, ten):
    client = as_user("sales_east")
    given = {"title": "回访", "due_on": "2026-12-01", "assignee": "owner"}
    draft = client.post("/bulk/start?act=task&province=31", given)
    answer = client.post(f"{draft.url}/confirm", {"treatment": "on", "percent": "10", "purpose": " "})
    assert answer.status_code == 422
    assert not Treatment.objects.exists()
    assert BulkAct.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("assign", {}),
        ("assign", {"owners": ["none", "1"]}),
        ("tag", {}),
        ("tag", {"new": ",".join(f"标签{n}" for n in range(11))}),
        ("set", {}),
        ("set", {"size": "large", "clear": ["size"]}),
        ("set", {"province": "99"}),
        ("list", {}),
        ("task", {"title": ""}),
    ],
)
def test_incomplete_or_wrong_parameters_are_asked_again(as_user, ten, act, given):
    answer = as_user("sales_east").post(f"/bulk/start?act={act}&province=31", given)
    assert answer.status_code == 422
    assert not BulkAct.objects.exists()


def test_a_new_list_is_made_on_the_way(as_user, people, ten, django_capture_on_commit_callbacks):
    client = as_user("sales_east")
    draft = client.post("/bulk/start?act=list&province=31", {"new": "拜访", "for_treatment": "on"})
    assert client.get(draft.url).context["form"].initial["treatment"] is True
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{draft.url}/confirm", {})
    made = CustomerList.objects.get()
    assert (made.name, made.owner, made.members.count()) == ("拜访", people.sales_east, 10)
    again = client.post("/bulk/start?act=list&province=31", {"new": "拜访"})
    assert again.status_code == 422


def test_a_draft_can_be_dropped(as_user, ten):
    client = as_user("sales_east")
    draft = client.post("/bulk/start?act=tag&province=31", {"new": "展会"})
    assert client.post(f"{draft.url}/discard").url == "/customers/?province=31"
    assert not BulkAct.objects.exists()


def test_a_list_is_made_renamed_shared_and_deleted(as_user, people, ten):
    client = as_user("sales_east")
    client.post("/lists/", {"name": "大客户"})
    made = CustomerList.objects.get()
    ListMember.objects.create(list=made, customer=ten[0])
    assert "大客户" in words(client.get("/lists/"))
    assert "大客户" not in words(as_user("sales_east2").get("/lists/"))
    client.post(f"/lists/{made.pk}", {"name": "重点客户", "shared": "on"})
    assert "重点客户" in words(as_user("sales_east2").get("/lists/"))
    assert as_user("sales_east2").post(f"/lists/{made.pk}/delete").status_code == 404
    assert client.post("/lists/", {"name": "重点客户"}).status_code == 422
    client.post(f"/lists/{made.pk}/delete")
    assert not CustomerList.objects.exists()
    assert Customer.objects.count() == 10


def test_export_takes_the_ticked_rows(as_user, people, ten):
    client = as_user("manager_east")
    answer = client.post("/customers/export", {"query": f"ids={ten[0].pk}&ids={ten[3].pk}", "format": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "客户0" in text
    assert "客户3" in text
    assert "客户1" not in text


def test_the_chips_name_list_treatment_and_act(as_user, people, ten):
    made = CustomerList.objects.create(name="拜访名单", owner=people.sales_east)
    page = words(as_user("sales_east").get(f"/customers/?list={made.pk}&ids=1&ids=2"))
    assert "拜访名单" in page
    assert "2 customers" in page
