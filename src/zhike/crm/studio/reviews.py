"""When a tier model is to be looked at again, and the reminder on that day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from zhike.crm.insight.models import TierModel
from zhike.crm.notifications.choices import Email
from zhike.crm.notifications.kinds import NotificationKind, register
from zhike.crm.notifications.services import Notice, notify_many
from zhike.crm.studio import naming
from zhike.crm.studio.choices import DraftState
from zhike.crm.studio.models import RIGHTS, Draft, Review
from zhike.platform import company_day

REVIEW_DUE, WAITING, DECIDED = "tiers.review_due", "tiers.draft_waiting", "tiers.draft_decided"


def register_kinds() -> None:
    register(
        NotificationKind(
            REVIEW_DUE,
            _("Review of a tier model"),
            _("%(model)s is due for review"),
            "calendar",
            Email.DIGEST,
            _named,
        )
    )
    register(
        NotificationKind(
            WAITING,
            _("A tier model waits for approval"),
            _("%(author)s asks you to approve: %(draft)s"),
            "check",
            Email.AT_ONCE,
            _named,
        )
    )
    register(
        NotificationKind(
            DECIDED,
            _("Decision on your tier model"),
            _("%(draft)s: %(state)s by %(approver)s"),
            "check",
            Email.DIGEST,
            _describe,
        )
    )


def _describe(params: dict[str, Any]) -> dict[str, Any]:
    return {**_named(params), "state": DraftState(params["state"]).label}


def _named(params: dict[str, Any]) -> dict[str, Any]:
    """Models and drafts are called as the reader calls them."""
    return {key: naming.said(params[key]) for key in ("model", "draft") if key in params}


def set_review(model: TierModel, due_on: date | None, actor: Any) -> None:
    """The next review; none with None."""
    if due_on is None:
        Review.objects.filter(model=model).delete()
        return
    values = {"due_on": due_on, "set_by": actor, "reminded_on": None}
    Review.objects.update_or_create(model=model, defaults=values)


def due_on(model: TierModel) -> date | None:
    """The day of the next review, None where nobody set one."""
    return Review.objects.filter(model=model).values_list("due_on", flat=True).first()


def still_to_come(day: date | None) -> date | None:
    """A day that has passed asked for the change that is published now: it is answered."""
    return day if day is not None and day > company_day.today() else None


def remind(today: date) -> int:
    """Tell everybody who works on tier models, once per review."""
    told = 0
    for review in Review.objects.filter(due_on__lte=today, reminded_on__isnull=True).select_related("model"):
        if review.model.retired_at is None:
            key, params = f"{review.model_id}:{review.due_on}", {"model": review.model.name}
            url = page("studio:model", review.model_id)
            told += notify_many(REVIEW_DUE, [Notice(p.pk, key, params, url) for p in _people(*RIGHTS)])
        Review.objects.filter(pk=review.pk).update(reminded_on=today)
    return told


def tell_approvers(draft: Draft) -> None:
    """Those who may approve hear of a draft that waits for them, except its author."""
    key = f"{draft.pk}:{draft.submitted_at:%Y%m%d%H%M%S}" if draft.submitted_at else str(draft.pk)
    params = {"draft": draft.name, "author": str(draft.author or "")}
    people = [person for person in _people("tiers.approve") if person.pk != draft.author_id]
    url = page("studio:simulate", draft.pk)
    notify_many(WAITING, [Notice(person.pk, key, params, url) for person in people])


def tell_author(draft: Draft) -> None:
    if draft.author_id is None or draft.author_id == draft.approver_id:
        return
    params = {"draft": draft.name, "state": draft.state, "approver": str(draft.approver or "")}
    key = f"{draft.pk}:{draft.state}:{draft.decided_at:%Y%m%d%H%M%S}" if draft.decided_at else str(draft.pk)
    notify_many(DECIDED, [Notice(draft.author_id, key, params, page("studio:simulate", draft.pk))])


def page(name: str, number: int) -> str:
    try:
        return reverse(name, args=[number])
    except NoReverseMatch:
        return ""


def _people(*rights: str) -> list[Any]:
    people = get_user_model().objects.filter(is_active=True, role__isnull=False).select_related("role")
    return [one for one in people.order_by("pk") if set(rights) & set(one.role.capabilities)]
