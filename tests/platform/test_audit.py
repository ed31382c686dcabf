"""The audit trail cannot be rewritten and has words for everything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import Error, connection, transaction
from django.utils import translation

import zhike
from zhike.platform import audit
from zhike.platform.audit_events import EVENTS
from zhike.platform.models import AuditEvent
from zhike.platform.templatetags.zhike_platform import field_title, field_value, plainly
from zhike.platform.trigger_migrations import refusals

SOURCE = Path(zhike.__file__).parent


@pytest.mark.django_db
def test_only_fields_that_differ_are_kept(people):
    event = audit.record(
        people.owner, "user.changed", people.owner, before={"a": 1, "b": 2}, after={"a": 1, "b": 3}
    )
    assert event.changes == {"b": [2, 3]}


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_rewrite_it(people, act):
    if connection.vendor == "sqlite" and act == "delete":
        with connection.cursor() as cursor:
            cursor.execute(next(one for one in refusals("platform_auditevent", "sqlite") if "DELETE" in one))
    event = audit.record(people.owner, "user.changed", people.owner)
    rows = AuditEvent.objects.filter(pk=event.pk)
    with pytest.raises(Error), transaction.atomic():
        rows.update(note="x") if act == "update" else rows._raw_delete(rows.db)


def test_every_event_in_the_source_has_words():
    named = set()
    for path in SOURCE.rglob("*.py"):
        named |= set(re.findall(r"audit\.record\(\s*[\w.]+,\s*\"([a-z_.]+)\"", path.read_text("utf-8")))
    assert named, "the pattern finds no event at all"
    assert named <= set(EVENTS)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *((True, "Yes"), (False, "No"), (None, "—"), ("", "—"), (0, "0"), ("是", "是")),
        *(([], "—"), (["a", "b"], "a; b"), ({"days": 3, "on": True}, "days: 3; on: Yes")),
    ],
)
def test_a_changed_value_reads_plainly(value, words):
    with translation.override("en"):
        assert plainly(value) == words


def test_a_choice_reads_as_its_label(people):
    event = audit.record(people.owner, "role.changed", people.owner.role, after={"scope": "team"})
    with translation.override("zh-hans"):
        assert field_value(event, "scope", "team") == "本团队客户"
        assert [field_title(event, name) for name in ("scope", "held_out", "else")] == [
            "数据范围",
            "对照组",
            "else",
        ]
