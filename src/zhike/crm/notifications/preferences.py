"""What a person chose per kind; the kind's own default where nothing is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zhike.crm.notifications.choices import Email
from zhike.crm.notifications.kinds import KINDS
from zhike.crm.notifications.models import Preference


def chosen(user_ids: Iterable[int], kind: str) -> dict[int, tuple[bool, str]]:
    """In the app or not, and how by e-mail, per person."""
    ids = list(user_ids)
    default = (True, KINDS[kind].email_default if kind in KINDS else Email.NONE)
    rows = Preference.objects.filter(user_id__in=ids, kind=kind)
    kept = {row.user_id: (row.in_app, row.email) for row in rows}
    return {pk: kept.get(pk, default) for pk in ids}


def of(user: Any) -> dict[str, tuple[bool, str]]:
    """One person's choice for every kind."""
    kept = {row.kind: (row.in_app, row.email) for row in Preference.objects.filter(user_id=user.pk)}
    return {code: kept.get(code, (True, kind.email_default)) for code, kind in KINDS.items()}
