"""The pages of the inbox: each kind shown, the next item after a choice, nothing for another team."""

from __future__ import annotations

from crm.decisions.conftest import issues, kinds
from zhike.crm.customers import merging


def test_the_page_shows_each_kind(client, people, doubtful, pair):
    client.force_login(people.manager_east)
    for kind in ("doubtful", "duplicate"):
        text = client.get(f"/decisions/?kind={kind}").content.decode()
        assert "data-choice" in text
    assert (
        client.get(
            "/decisions/?kind=duplicate&item=duplicate-x&owner=abc&import=9999999999999999"
        ).status_code
        == 200
    )


def test_a_choice_on_the_page_leads_to_the_next_item(client, people, doubtful):
    client.force_login(people.manager_east)
    first, second = issues(doubtful)
    response = client.post(f"/decisions/doubtful/{first.pk}?kind=doubtful", {"choice": "new"})
    assert response.url.endswith(f"item=doubtful-{second.pk}")
    response = client.post("/decisions/undo?kind=doubtful")
    assert response.url.endswith(f"item=doubtful-{first.pk}")


def test_fields_are_chosen_on_the_page(client, people, pair):
    client.force_login(people.manager_east)
    left, right = pair.left, pair.right
    data = {
        "choice": "merge",
        "survivor": right.pk,
        "field:name": left.pk,
        f"version-{left.pk}": left.version,
        f"version-{right.pk}": right.version,
    }
    assert client.post(f"/decisions/duplicate/{pair.pk}", data).status_code == 302
    right.refresh_from_db()
    assert right.name == "上海远达贸易有限公司"
    assert merging.survivor_of(left.pk) == right.pk


def test_a_refused_correction_keeps_what_was_typed(client, people, rejected):
    client.force_login(people.manager_east)
    (issue,) = issues(rejected)
    place = list(issue.values).index("电话")
    response = client.post(
        f"/decisions/rejected/{issue.pk}", {"choice": "correct", f"cell-{issue.pk}-{place}": "777"}
    )
    assert response.status_code == 422
    assert 'value="777"' in response.content.decode()


def test_the_preview_says_how_many(client, people, doubtful):
    client.force_login(people.manager_east)
    issue = issues(doubtful)[0]
    text = client.get(f"/decisions/doubtful/{issue.pk}/alike?choice=new").content.decode()
    assert "2" in text
    client.post(f"/decisions/doubtful/{issue.pk}/alike", {"choice": "new"})
    assert kinds(people.manager_east) == {}


def test_another_team_gets_no_answer(client, people, doubtful, pair):
    client.force_login(people.manager_west)
    issue = issues(doubtful)[0]
    for address in (f"/decisions/doubtful/{issue.pk}", f"/decisions/duplicate/{pair.pk}"):
        assert client.post(address, {"choice": "new"}).status_code == 404
        assert client.get(f"{address}/alike?choice=new").status_code == 404
    assert "远达" not in client.get(f"/decisions/?item=duplicate-{pair.pk}").content.decode()


def test_the_address_of_a_merged_customer_leads_to_the_survivor(client, people, pair):
    merging.merge(actor=people.manager_east, survivor=pair.left, merged=pair.right)
    client.force_login(people.manager_east)
    response = client.get(f"/customers/{pair.right_id}")
    assert response.status_code == 302
    assert response.url == f"/customers/{pair.left_id}"
    client.force_login(people.manager_west)
    assert client.get(f"/customers/{pair.right_id}").status_code == 404


def test_the_customer_page_warns_of_a_duplicate(client, people, pair):
    client.force_login(people.manager_east)
    assert "上海远达贸易公司" in client.get(f"/customers/{pair.left_id}/cards/side").content.decode()
