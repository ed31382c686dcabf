"""Alerts in words: one sentence per situation, the same in the list, the bell and the e-mail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.alerts.choices import MARKS, Situation
from zhike.crm.insight import labels
from zhike.crm.notifications.choices import Email
from zhike.crm.notifications.kinds import NotificationKind, register
from zhike.platform.templatetags import zhike_format as say

TEXTS: dict[str, Promise] = {
    Situation.TIER_FALL: _("{customer} fell from {before} to {after}"),
    Situation.STAGE_FALL: _("{customer} is now: {after} (before: {before})"),
    Situation.NEW_KEY: _("{customer} is a new key customer: {after}"),
    Situation.SILENT: _("{customer} ({tier}) has not been contacted for {days}"),
    Situation.LARGE_RETURN: _("{customer} returned {amount} (order {number})"),
    Situation.COMPLAINT: _("{customer} complains: {summary}"),
}
NEVER = _("{customer} ({tier}) has never been contacted")
SEVERAL = _("{situation}: {count} customers, {customer} among them")
PLACEHOLDER = re.compile(r"{(\w+)}")


def code(situation: str) -> str:
    """The kind of notification of a situation, for which each person chooses."""
    return f"alert.{situation}"


def register_kinds() -> None:
    for situation in Situation:
        label, icon = situation.label, MARKS[situation].icon
        register(NotificationKind(code(situation), label, "{sentence}", icon, Email.DIGEST, describe))


def describe(params: dict[str, Any]) -> dict[str, Any]:
    """What a notification says, in the reader's language."""
    return {"sentence": sentence(params)}


def sentence(params: Mapping[str, Any], names: Mapping[int, str] | None = None) -> str:
    """One pass over the text: what a placeholder puts in is never read as a placeholder again.

    ``names`` are those of the tiers, for a list that has them at hand.
    """
    values = {**params, **_words(params, names)}
    return PLACEHOLDER.sub(lambda found: str(values.get(found[1], "")), str(_text(params)))


def _text(params: Mapping[str, Any]) -> str | Promise:
    if "count" in params:
        return SEVERAL
    if params.get("situation") == Situation.SILENT and params.get("days") is None:
        return NEVER
    return TEXTS.get(params.get("situation", ""), "")


def _words(params: Mapping[str, Any], names: Mapping[int, str] | None) -> dict[str, Any]:
    ranks = [*params.get("ranks", ()), *([params["rank"]] if "rank" in params else [])]
    tiers = (names or labels.tier_names()) if ranks else {}
    found: dict[str, Any] = {"situation": _situation(params), "days": say.days(params.get("days"))}
    if "stage" in params:
        found["before"], found["after"] = (labels.stage_name(stage) for stage in params["stage"])
    if "ranks" in params:
        found["before"], found["after"] = (tiers.get(rank or 0, "") for rank in params["ranks"])
    if "rank" in params:
        found["tier"] = tiers.get(params["rank"], "")
    if "abc" in params:
        found["tier"] = _("class %(abc)s") % {"abc": params["abc"]}
    if "returned" in params:
        found["amount"] = say.money(params["returned"], 0)
    return found


def _situation(params: Mapping[str, Any]) -> str:
    found = params.get("situation", "")
    return str(Situation(found).label) if found in Situation.values else ""
