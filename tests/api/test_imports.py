"""Imports through the API: the same verbs as the pages, within the token's rights and row scope."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from zhike.crm.accounts import services as accounts
from zhike.crm.customers.models import Customer
from zhike.crm.imports.models import Import

CSV = "客户编号,客户名称,手机\nK1,甲公司,13800138000\nK2,乙公司,1.38E+10\n"


def bearer(user):
    _token, text = accounts.create_token(actor=user, name="t")
    return {"authorization": f"Bearer {text}"}


def post(client, user, text=CSV, **data):
    file = SimpleUploadedFile("客户.csv", text.encode())
    return client.post("/api/v1/imports", {"entity": "customers", "file": file, **data}, headers=bearer(user))


@pytest.fixture
def done(client, people, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = post(client, people.manager_east, source="erp")
    assert response.status_code == 202, response.content.decode()
    return response.json()


def test_an_upload_runs_and_tells_its_counts(client, people, done):
    found = client.get(f"/api/v1/imports/{done['id']}", headers=bearer(people.manager_east)).json()
    assert found["state"] == "done"
    assert (found["counts"]["created"], found["counts"]["failed"]) == (1, 1)
    assert Customer.objects.get().source == "erp"


def test_the_rejected_rows_come_as_csv(client, people, done):
    url = f"/api/v1/imports/{done['id']}/errors.csv"
    response = client.get(url, headers=bearer(people.manager_east))
    assert "1.38E+10" in b"".join(response.streaming_content).decode()


def test_a_dry_run_writes_nothing_and_can_be_run_afterwards(
    client, people, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = post(client, people.owner, dry_run="true").json()
    assert not Customer.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/api/v1/imports/{run['id']}/run", headers=bearer(people.owner))
    assert Customer.objects.count() == 1


def test_undo(client, people, done, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/api/v1/imports/{done['id']}/undo", headers=bearer(people.manager_east))
    assert not Customer.objects.exists()


def test_another_team_finds_nothing(client, people, done):
    for method, path in (("get", ""), ("get", "/errors.csv"), ("post", "/run"), ("post", "/undo")):
        url = f"/api/v1/imports/{done['id']}{path}"
        assert getattr(client, method)(url, headers=bearer(people.manager_west)).status_code == 404
    assert client.get("/api/v1/imports", headers=bearer(people.manager_west)).json()["items"] == []


def test_without_the_right_nothing_is_stored(client, people):
    assert post(client, people.sales_east).status_code == 403
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    "data",
    [{"mapping": "no json"}, {"mapping": "[" * 5_000}, {"options": '{"x": 1}'}, {"entity": "users"}],
)
def test_wrong_input_is_named(client, people, data):
    assert post(client, people.owner, **data).status_code == 422
