"""Verbs on analyses: ask a question, keep the answer, share it, turn groups into customer lists."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.analytics.workbench import RECIPES, Choice, ChoiceError
from zhike.analytics.workbench.recipes import checked
from zhike.crm.customers import lists
from zhike.crm.customers.models import CustomerList
from zhike.crm.workbench import catalogue, frames
from zhike.crm.workbench.models import Analysis, AnalysisState, AnalysisValue
from zhike.platform import audit, jobs
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import require, row_scope

MAX_QUERY, MAX_NAME = 4_000, 80
PROBLEMS = {
    "unknown_recipe": gettext_lazy("There is no such recipe."),
    "unknown_slot": gettext_lazy("Choose one of the values offered."),
    "unknown_option": gettext_lazy("Choose one of the values offered."),
    "unknown_variable": gettext_lazy("Choose one of the values offered."),
    "wrong_kind": gettext_lazy("This kind of variable does not fit here."),
    "same_variable": gettext_lazy("Choose different variables."),
    "too_few": gettext_lazy("Choose more variables."),
    "too_many": gettext_lazy("Choose fewer variables."),
}
#: One person's work that may wait or run at a time: the heavy lane is everybody's.
MAX_OPEN = 5
CHUNK = 5_000


@transaction.atomic
def start(
    *, actor: Any, recipe: str, choice: Choice, query: str = "", previous: Analysis | None = None
) -> Analysis:
    """Run a recipe on the customers of an address, as a job."""
    require(actor, "insight.view")
    if recipe == "pairs":
        require(actor, "orders.view")
    _check(recipe, choice)
    if len(query) > MAX_QUERY:
        raise DomainError(
            _("These are too many filters. Put the customers into a list first."), code="too_long"
        )
    running = Analysis.objects.filter(created_by=actor, state=AnalysisState.RUNNING).select_related("job")
    for one in running:
        settle(one)
    if running.count() >= MAX_OPEN:
        raise DomainError(_("Several of your analyses are still running. Wait for one to end."), code="busy")
    made = Analysis.objects.create(
        recipe=recipe,
        choice={"slots": choice.slots, "options": choice.options},
        query=query,
        scope=row_scope(actor) or "",
        team_id=actor.team_id,
        previous=previous,
        created_by=actor,
    )
    made.job = jobs.enqueue("workbench.run", {"analysis": made.pk, "actor": actor.pk}, requested_by=actor)
    made.save(update_fields=["job"])
    audit.record(actor, "analysis.started", made, after={"recipe": recipe, "query": query})
    return made


def _check(recipe: str, choice: Choice) -> None:
    kinds = {name: entry.variable.kind for name, entry in catalogue.entries().items()}
    try:
        checked(recipe, choice, kinds)
    except ChoiceError as error:
        raise DomainError(PROBLEMS[error.code], field=error.slot, code=error.code) from error


def again(*, actor: Any, analysis: Analysis) -> Analysis:
    """The same question on today's data; cluster numbers follow the earlier run."""
    current = _visible(actor, analysis)
    choice = Choice(current.choice["slots"], current.choice["options"])
    return start(actor=actor, recipe=current.recipe, choice=choice, query=current.query, previous=current)


@transaction.atomic
def save_report(*, actor: Any, analysis: Analysis, name: str, shared: bool) -> Analysis:
    """Keep an analysis under a name, for oneself or for colleagues."""
    current = _own(actor, analysis)
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME or "\x00" in name:
        raise DomainError(
            _("Give the report a name of at most 80 characters."), field="name", code="required"
        )
    if current.state != AnalysisState.DONE:
        raise DomainError(_("Only a finished analysis can be kept."), code="wrong_state")
    current.name, current.shared = name, shared
    current.save(update_fields=["name", "shared"])
    audit.record(actor, "analysis.saved", current, after={"name": name, "shared": shared})
    return current


@transaction.atomic
def delete(*, actor: Any, analysis: Analysis) -> None:
    """Forget an analysis and what it says of customers; lists made of it stay."""
    current = _own(actor, analysis)
    if current.state == AnalysisState.RUNNING and current.job is not None:
        jobs.cancel(current.job.pk, actor=actor)
    audit.record(actor, "analysis.deleted", current, before={"name": current.name})
    current.delete()


@transaction.atomic
def make_lists(*, actor: Any, analysis: Analysis, names: dict[int, str]) -> list[CustomerList]:
    """A customer list per cluster, with the members that the actor sees."""
    current = _visible(actor, analysis)
    if not RECIPES[current.recipe].outputs or not names:
        raise DomainError(_("This analysis has no groups."), code="no_groups")
    made = []
    for number, name in names.items():
        members = AnalysisValue.objects.visible_to(actor).filter(
            analysis=current, output="cluster", label=number
        )
        numbers = list(members.values_list("customer_id", flat=True))
        made.append(_list_of(actor, f"{name} #{current.pk}", numbers))
    audit.record(actor, "analysis.lists_made", current, after={"lists": [one.pk for one in made]})
    return made


@transaction.atomic
def make_top_list(*, actor: Any, analysis: Analysis, output: str, name: str) -> CustomerList:
    """A customer list of the fifth with the highest score."""
    current = _visible(actor, analysis)
    values = AnalysisValue.objects.visible_to(actor).filter(
        analysis=current, output=output, score__isnull=False
    )
    count = -(-values.count() // 5)
    members = list(values.order_by("-score", "customer_id").values_list("customer_id", flat=True)[:count])
    if not members:
        raise DomainError(_("This analysis has no scores."), code="no_groups")
    made = _list_of(actor, f"{name} #{current.pk}", members)
    audit.record(actor, "analysis.lists_made", current, after={"lists": [made.pk]})
    return made


def _list_of(actor: Any, name: str, members: list[int]) -> CustomerList:
    """A list of one's own; one of the same name is filled anew."""
    name = name[-MAX_NAME:] if len(name) > MAX_NAME else name
    made = CustomerList.objects.filter(owner=actor, name=name).first()
    made = made or lists.create_list(actor=actor, name=name)
    for first in range(0, len(members), CHUNK):
        lists.add_members(actor=actor, customer_list=made, customers=members[first : first + CHUNK])
    return made


def settle(analysis: Analysis) -> None:
    """A job that was stopped while it waited never got to say so: its analysis has ended too."""
    if analysis.state != AnalysisState.RUNNING or analysis.job is None or analysis.job.is_open:
        return
    running = Analysis.objects.filter(pk=analysis.pk, state=AnalysisState.RUNNING)
    running.update(state=AnalysisState.CANCELLED, error=_("Stopped before the end."))
    analysis.refresh_from_db()


def _visible(actor: Any, analysis: Analysis) -> Analysis:
    found = Analysis.objects.visible_to(actor).select_for_update(of=("self",)).filter(pk=analysis.pk).first()
    if found is None:
        raise DomainError(_("There is no such analysis."), code="not_found")
    return found


def _own(actor: Any, analysis: Analysis) -> Analysis:
    current = _visible(actor, analysis)
    if current.created_by_id != actor.pk:
        raise NotAllowed(_("Only who made an analysis changes it."))
    return current


def selection(query: Any) -> str:
    """What of an address chooses customers."""
    return frames.selection(query)
