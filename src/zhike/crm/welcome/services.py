"""The verbs of the first day: set up, add people, try a simulated company, put the first steps away."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts import services as accounts
from zhike.crm.accounts.models import Role, Team, User
from zhike.crm.tasks.zone import recompute_reminders
from zhike.crm.welcome import code
from zhike.platform import audit
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.jobs import enqueue
from zhike.platform.models import Installation, Job
from zhike.platform.permissions import require

LOAD, REMOVE, KEY = "demo.load", "demo.remove", "simulation"
SIZES = (300, 2_000, 20_000)
CURRENCIES = ("CNY", "USD", "EUR", "GBP", "HKD", "JPY", "TWD", "SGD", "KRW", "AUD", "CAD", "CHF")


@dataclass(frozen=True)
class Colleague:
    """Somebody to invite: the password is made here and shown once."""

    username: str
    display_name: str
    role: Role
    team: str = ""


@transaction.atomic
def set_up(
    *,
    setup_code: str,
    company: str,
    currency: str,
    time_zone: str,
    language: str,
    fiscal_year_start: int,
    username: str,
    display_name: str,
    password: str,
) -> User:
    """Name the company and create its administrator; possible once, with the code from the console."""
    installation = Installation.objects.select_for_update().get(pk=Installation.current().pk)
    if not code.is_open():
        raise NotAllowed()
    if not code.fits(setup_code):
        raise DomainError(
            _("This is not the code of the latest start."), field="setup_code", code="wrong_code"
        )
    _check(currency, time_zone, language, fiscal_year_start)
    installation.company_name, installation.currency = company.strip(), currency
    installation.time_zone, installation.language = time_zone, language
    installation.fiscal_year_start, installation.setup_digest = fiscal_year_start, ""
    installation.save()
    user = accounts.create_user(
        actor=None,
        username=username,
        display_name=display_name,
        password=password,
        role=Role.objects.get(code="owner"),
        language=language,
    )
    after = {**_company(installation), "currency": currency}
    audit.record(user, "installation.set_up", installation, after=after)
    return user


def _check(currency: str, time_zone: str, language: str, month: int) -> None:
    for field, fits in (
        ("currency", currency in CURRENCIES),
        ("time_zone", time_zone in available_timezones()),
        ("language", language in dict(settings.LANGUAGES)),
        ("fiscal_year_start", 1 <= month <= 12),
    ):
        if not fits:
            raise DomainError(_("This choice does not exist."), field=field, code="unknown")


@transaction.atomic
def change_company(
    *, actor: User, company: str, time_zone: str, language: str, fiscal_year_start: int
) -> Installation:
    """Name, zone, language of newcomers, fiscal year. In another zone open tasks keep their time of day.

    The base currency stays: every figure is reckoned in it.
    """
    require(actor, "users.manage")
    installation = Installation.objects.select_for_update().get(pk=Installation.current().pk)
    _check(installation.currency, time_zone, language, fiscal_year_start)
    if not company.strip():
        raise DomainError(_("This field is required."), field="company", code="required")
    before = _company(installation)
    installation.company_name, installation.language = company.strip(), language
    installation.time_zone, installation.fiscal_year_start = time_zone, fiscal_year_start
    installation.save()
    if time_zone != before["time_zone"]:
        recompute_reminders()
    audit.record(actor, "installation.changed", installation, before=before, after=_company(installation))
    return installation


def _company(installation: Installation) -> dict[str, Any]:
    names = ("company_name", "time_zone", "language", "fiscal_year_start")
    return {name: getattr(installation, name) for name in names}


@transaction.atomic
def invite(*, actor: User, colleagues: Sequence[Colleague]) -> list[tuple[User, str]]:
    """Create the first teams and users; returns each with the password to hand over."""
    require(actor, "users.manage")
    teams = {team.name: team for team in Team.objects.all()}
    made = []
    for number, one in enumerate(colleagues):
        name = one.team.strip()
        if name and name not in teams:
            teams[name] = accounts.save_team(actor=actor, name=name)
        password = secrets.token_urlsafe(9)
        try:
            user = accounts.create_user(
                actor=actor,
                username=one.username,
                display_name=one.display_name or one.username,
                password=password,
                role=one.role,
                team=teams.get(name),
            )
        except DomainError as error:
            error.field = f"people.{number}.{error.field}"
            raise
        made.append((user, password))
    return made


@transaction.atomic
def start_simulation(*, actor: User, customers: int) -> Job:
    """Load a simulated company in the background."""
    require(actor, "users.manage")
    if customers not in SIZES:
        raise DomainError(_("This choice does not exist."), field="customers", code="unknown")
    if Installation.current().simulated and not _is_unfinished():
        raise DomainError(_("A simulated company is here already."), code="there")
    job = enqueue(LOAD, {"customers": customers, "seed": 2026}, requested_by=actor, key=KEY)
    audit.record(actor, "simulation.started", job, after={"customers": customers})
    return job


def _is_unfinished() -> bool:
    """True when the last attempt to load it failed or was cancelled: the next one goes on from there."""
    last = Job.objects.filter(kind=LOAD).order_by("-pk").first()
    return last is not None and last.state in (Job.State.FAILED, Job.State.CANCELLED)


@transaction.atomic
def remove_simulation(*, actor: User, typed: str) -> Job:
    """Remove in the background what the simulation brought; ``typed`` confirms by the company's name."""
    require(actor, "users.manage")
    installation = Installation.current()
    if not installation.simulated:
        raise DomainError(_("There is no simulated data."), code="none")
    if typed.strip() != installation.company_name:
        raise DomainError(
            _("Type the name of the company as it stands there."), field="typed", code="differs"
        )
    if Job.objects.open().filter(kind=LOAD).exists():
        raise DomainError(_("The simulated company is still being loaded."), code="loading")
    return enqueue(REMOVE, {}, requested_by=actor, key=KEY)


def close_checklist(*, actor: User) -> None:
    """Put the first steps away for everybody."""
    require(actor, "users.manage")
    installation = Installation.current()
    installation.checklist_closed_at = timezone.now()
    installation.save(update_fields=["checklist_closed_at"])
    audit.record(actor, "installation.checklist_closed")
