"""Users, teams, roles and tokens: who may change them, and what a change ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from zhike.crm.accounts import services
from zhike.crm.accounts.models import ApiToken, Role, User
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.models import AuditEvent

pytestmark = pytest.mark.django_db
PASSWORD = "Korrekt-Pferd-9"


def test_a_sales_person_cannot_create_users(people):
    with pytest.raises(NotAllowed):
        services.create_user(
            actor=people.sales_east,
            username="x",
            display_name="X",
            password=PASSWORD,
            role=people.roles["sales"],
        )
    assert not User.objects.filter(username="x").exists()


def test_a_user_name_is_taken_once_whatever_its_case(people):
    with pytest.raises(DomainError) as raised:
        services.create_user(
            actor=people.owner,
            username="OWNER",
            display_name="X",
            password=PASSWORD,
            role=people.roles["sales"],
        )
    assert raised.value.field == "username"


@pytest.mark.parametrize("password", ["short", "12345678901", "password"])
def test_weak_passwords_are_refused(people, password):
    with pytest.raises(DomainError) as raised:
        services.set_password(actor=people.owner, user=people.sales_east, password=password)
    assert raised.value.field == "password"


def test_a_new_role_ends_the_sessions(client, people):
    client.force_login(people.sales_east)
    assert client.get("/profile").status_code == 200
    services.change_user(actor=people.owner, user=people.sales_east, role=people.roles["analyst"])
    assert client.get("/profile").status_code == 302


def test_a_new_password_ends_sessions_and_tokens(client, people):
    client.force_login(people.sales_east)
    token, _text = services.create_token(actor=people.sales_east, name="t")
    services.set_password(actor=people.owner, user=people.sales_east, password=PASSWORD)
    assert client.get("/profile").status_code == 302
    assert not ApiToken.objects.select_related("user").get(pk=token.pk).is_valid


def test_the_last_manager_of_users_stays(people):
    with pytest.raises(DomainError) as raised:
        services.change_user(actor=people.owner, user=people.owner, is_active=False)
    assert raised.value.code == "last_manager"


def test_a_role_cannot_take_the_last_manager_away(people):
    role = people.roles["owner"]
    with pytest.raises(DomainError):
        services.save_role(actor=people.owner, role=role, name=role.name, scope="all", capabilities=[])
    assert "users.manage" in Role.objects.get(pk=role.pk).capabilities


def test_unknown_rights_are_refused(people):
    with pytest.raises(DomainError) as raised:
        services.save_role(actor=people.owner, name="新角色", scope="own", capabilities=["everything"])
    assert raised.value.field == "capabilities"


def test_a_team_cannot_stand_below_itself(people):
    below = services.save_team(actor=people.owner, name="上海", parent=people.east)
    with pytest.raises(DomainError):
        services.save_team(actor=people.owner, team=people.east, name="华东", parent=below)


def test_moving_a_team_moves_what_is_below_it(people):
    below = services.save_team(actor=people.owner, name="上海", parent=people.east)
    services.save_team(actor=people.owner, team=people.east, name="华东", parent=people.west)
    assert below.pk in people.west.subtree_ids()


def test_only_the_digest_of_a_token_is_stored(people):
    token, text = services.create_token(actor=people.sales_east, name="t")
    assert text.split("_")[2] not in str(ApiToken.objects.filter(pk=token.pk).values().get())


def test_an_expired_or_revoked_token_is_not_valid(people):
    expired, _ = services.create_token(
        actor=people.sales_east, name="t", expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert not expired.is_valid
    token, _ = services.create_token(actor=people.sales_east, name="u")
    services.revoke_token(actor=people.sales_east, token=token)
    token.refresh_from_db()
    assert not token.is_valid


def test_every_change_is_in_the_audit_trail(people):
    services.change_user(actor=people.owner, user=people.sales_east, display_name="王芳")
    event = AuditEvent.objects.get(event="user.changed")
    assert event.actor == people.owner
    assert event.changes["display_name"][1] == "王芳"
