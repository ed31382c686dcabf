"""Telling those who may change the tiers that the customers have moved away from them, once per situation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import User
from zhike.crm.insight import queries
from zhike.crm.insight.models import Version
from zhike.crm.notifications import kinds
from zhike.crm.notifications.services import Notice, notify_many
from zhike.crm.segments.models import Segment
from zhike.crm.watching import advice, cutoffs, wording
from zhike.crm.watching.drift import SegmentReading, Watched, Watching
from zhike.crm.watching.groups import model_name
from zhike.crm.watching.models import sees_everybody
from zhike.platform.permissions import allowed
from zhike.platform.templatetags import zhike_format as say

TIERS, SEGMENT = "watching.drift", "watching.segment_drift"


def register() -> None:
    kinds.register(
        kinds.NotificationKind(
            TIERS,
            _("Customers have moved away from the tier model"),
            _("%(model)s: the customers differ from those the tiers were fixed on. %(what)s (PSI %(index)s)"),
            icon="adjustments-question",
            describe=_describe_tiers,
        )
    )
    kinds.register(
        kinds.NotificationKind(
            SEGMENT,
            _("A segment has changed its size"),
            _("The segment %(name)s has gone from %(before)s to %(now)s of the customers%(what)s"),
            icon="users-group",
            describe=_describe_segment,
        )
    )


def _describe_tiers(params: dict[str, Any]) -> Mapping[str, Any]:
    version = Version.objects.filter(pk=params.get("version", 0)).select_related("model").first()
    model = queries.calibration_of(version).model if version else None
    told = [wording.criterion(one, model) for one in params.get("criteria", ())]
    names = told or [wording.name_of(code, model) for code in params.get("codes", ())]
    return {
        "model": model_name(version.model) if version else "–",
        "what": gettext("; ").join([*names, *wording.movers(params.get("moved"))]),
        "index": say.number(params.get("index"), 2),
    }


def _describe_segment(params: dict[str, Any]) -> Mapping[str, Any]:
    name = Segment.objects.filter(pk=params.get("segment", 0)).values_list("name", flat=True).first()
    told = wording.cutoff(params["criterion"]) if params.get("criterion") else ""
    return {
        "name": name or "–",
        "before": say.percent(params.get("before")),
        "now": say.percent(params.get("now")),
        "what": gettext("; %(advice)s") % {"advice": told} if told else "",
    }


def tell(found: Watched) -> int:
    """Make the proposal where the tiers' base has drifted, and tell people; returns how many were told."""
    people = [
        user
        for user in User.objects.filter(is_active=True, role__isnull=False).select_related("role")
        if allowed(user, "tiers.edit") and sees_everybody(user)
    ]
    return _tell_tiers(found, people) + _tell_segments(found, people)


def _tell_tiers(found: Watched, people: list[Any]) -> int:
    return sum(_tell_of_model(one, people) for one in found.models if one.drifted)


def _tell_of_model(found: Watching, people: list[Any]) -> int:
    content = advice.propose(found.version, found.drifted).content
    params = {
        "version": found.version.pk,
        "codes": content["drifted"],
        "criteria": [one for one in content["criteria"] if one["code"] in content["drifted"]],
        "moved": content["moved"],
        "index": max(one.stability.index for one in found.drifted),
    }
    url = f"{reverse('watching:drift')}?model={found.version.model_id}"
    key = f"version {found.version.pk}"
    return notify_many(TIERS, [Notice(user.pk, key, params, url) for user in people])


def _tell_segments(found: Watched, people: list[Any]) -> int:
    alarming = [one for one in found.segments if one.alarms] if people else []
    return sum(_tell_of_segment(one, people) for one in alarming)


def _tell_of_segment(found: SegmentReading, people: list[Any]) -> int:
    proposal = cutoffs.propose(people[0], found)
    criteria = wording.cutoffs(proposal) if proposal else []
    params = {
        "segment": found.ref,
        "before": found.before,
        "now": found.now,
        "criterion": criteria[0] if criteria else None,
    }
    key, url = f"segment {found.ref} {found.version}", f"{reverse('watching:drift')}#advice-{found.ref}"
    return notify_many(SEGMENT, [Notice(user.pk, key, params, url) for user in people])
