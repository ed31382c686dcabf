"""What an e-mail says, in its reader's language: plain text and simple HTML."""

from __future__ import annotations

import re
from email.utils import formataddr, make_msgid
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhike.crm.notifications.models import Mail, Notification
from zhike.platform.models import Installation

# Line breaks of every kind and other control characters: a header stays one line whatever a name contains.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
MAX_SUBJECT = 120
MOST_LINES = 100


def reader(user_id: int) -> Any:
    return get_user_model().objects.get(pk=user_id)


def message_id() -> str:
    """Fixed when the letter is written, so that a copy is known as a copy."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    return make_msgid(domain=domain if domain.isascii() else "localhost")


def one_line(text: str, limit: int = MAX_SUBJECT) -> str:
    """Text that is safe in a header."""
    line = " ".join(CONTROL.sub(" ", text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def compose(mail: Mail) -> EmailMultiAlternatives:
    """The letter of a row of the outbox."""
    with translation.override(mail.language):
        notifications = list(mail.notifications.order_by("-urgent", "pk")[: MOST_LINES + 1])
        context = _context(mail, notifications)
        subject = one_line(_subject(mail, notifications))
        return _message(mail.user, subject, context, message_id=mail.message_id)


def compose_test(user: Any) -> EmailMultiAlternatives:
    """A letter that shows an administrator that the mail server takes what we hand it."""
    with translation.override(user.language):
        lines = [(_("E-mail works: this is a test from Zhike."), "")]
        context = {"lines": lines, "reader": user, "base": settings.PUBLIC_ADDRESS, "company": _company()}
        return _message(user, _("Test e-mail from Zhike"), context, message_id=message_id())


def _subject(mail: Mail, notifications: list[Notification]) -> str:
    if len(notifications) == 1:
        return notifications[0].text
    count = mail.notifications.count()
    words = ngettext("%(count)s new notification", "%(count)s new notifications", count)
    return f"{_company()}: {words % {'count': count}}"


def _context(mail: Mail, notifications: list[Notification]) -> dict[str, Any]:
    base = settings.PUBLIC_ADDRESS
    shown = notifications[:MOST_LINES]
    lines = [(one_line(row.text, 500), base + row.url if base and row.url else "") for row in shown]
    return {
        "lines": lines,
        "more": len(notifications) > MOST_LINES,
        "reader": mail.user,
        "company": _company(),
        "base": base,
        "all_url": base + reverse("notifications:list") if base else "",
        "preferences_url": base + reverse("notifications:preferences") if base else "",
    }


def _company() -> str:
    return one_line(Installation.current().company_name, 60) or "Zhike"


def _message(user: Any, subject: str, context: dict[str, Any], *, message_id: str) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=one_line(subject),
        body=render_to_string("notifications/email.txt", context),
        to=[formataddr((one_line(str(user), 80), one_line(user.email, 254)))],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("notifications/email.html", context), "text/html")
    return message
