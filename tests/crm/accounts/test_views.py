"""The people pages do what they say."""

from __future__ import annotations

import pytest
from django.urls import reverse

from zhike.crm.accounts.models import ApiToken, Role, Team, User
from zhike.platform.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client, people):
    client.force_login(people.owner)
    return client


def test_wrong_unknown_and_disabled_get_the_same_answer(client, people):
    people.sales_west.is_active = False
    people.sales_west.save()
    answers = set()
    for name, password in (("owner", "wrong"), ("nobody", "wrong"), ("sales_west", "Passw0rd!")):
        page = client.post(reverse("accounts:sign_in"), {"username": name, "password": password})
        answers.add((page.status_code, str(page.context["form"].non_field_errors())))
    assert len(answers) == 1


def test_signing_in_is_audited_and_leads_home(client, people):
    page = client.post(reverse("accounts:sign_in"), {"username": "owner", "password": "Passw0rd!"})
    assert page.status_code == 302
    assert AuditEvent.objects.filter(event="user.signed_in", actor=people.owner).exists()


def test_signing_in_never_leads_outside(client, people):
    data = {"username": "owner", "password": "Passw0rd!", "next": "https://evil.example/"}
    assert client.post(reverse("accounts:sign_in"), data)["Location"] == "/"


def test_the_owner_creates_a_user(owner, people):
    data = {
        "username": "wangfang",
        "display_name": "王芳",
        "role": people.roles["sales"].pk,
        "team": people.east.pk,
        "language": "zh-hans",
        "password": "Korrekt-Pferd-9",
    }
    assert owner.post(reverse("accounts:create_user"), data).status_code == 302
    assert User.objects.get(username="wangfang").check_password("Korrekt-Pferd-9")


def test_a_refused_password_stands_beside_its_field(owner, people):
    data = {
        "username": "w",
        "display_name": "王",
        "role": people.roles["sales"].pk,
        "language": "en",
        "password": "x",
    }
    page = owner.post(reverse("accounts:create_user"), data)
    assert page.status_code == 422
    assert "password" in page.context["form"].errors


def test_the_owner_creates_team_and_role(owner):
    owner.post(reverse("accounts:create_team"), {"name": "华北"})
    owner.post(
        reverse("accounts:create_role"), {"name": "客服", "scope": "team", "capabilities": ["customers.view"]}
    )
    assert Team.objects.filter(name="华北").exists()
    assert Role.objects.get(name="客服").capabilities == ["customers.view"]


@pytest.mark.parametrize("name", ["users", "teams", "roles", "profile"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_open_in_both_languages(owner, name, language):
    owner.cookies["zhike_language"] = language
    assert owner.get(reverse(f"accounts:{name}")).status_code == 200


@pytest.mark.parametrize("name", ["jobs", "audit", "backups"])
def test_the_system_pages_open(owner, name):
    assert owner.get(reverse(f"platform:{name}")).status_code == 200


def test_a_token_is_shown_once_and_can_be_revoked(owner, people):
    page = owner.post(reverse("accounts:create_token"), {"name": "ERP"})
    token = ApiToken.objects.get()
    assert f"zk_{token.prefix}_" in page.content.decode()
    assert f"zk_{token.prefix}_" not in owner.get(reverse("accounts:profile")).content.decode()
    owner.post(reverse("accounts:revoke_token", args=[token.pk]))
    token.refresh_from_db()
    assert not token.is_valid


def test_a_sales_person_gets_no_people_page(client, people):
    client.force_login(people.sales_east)
    assert client.get(reverse("accounts:users")).status_code == 403


def test_the_language_is_remembered(client, people):
    client.force_login(people.owner)
    client.post(reverse("web:language"), {"language": "en", "next": "https://evil.example/"})
    people.owner.refresh_from_db()
    assert people.owner.language == "en"
