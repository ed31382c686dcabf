"""What a person sees of one item: both sides beside each other, with what differs marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from zhike.crm.accounts.models import Team, User
from zhike.crm.customers import merge_fields, words
from zhike.crm.customers.custom_fields import said
from zhike.crm.customers.merging import survivor_of
from zhike.crm.customers.models import Customer, CustomField, FieldConflict
from zhike.crm.decisions.models import DuplicatePair
from zhike.crm.imports import deciding
from zhike.crm.imports.fields import CUSTOM
from zhike.crm.imports.fields import field as import_field
from zhike.crm.imports.keys import keys_of
from zhike.crm.imports.models import ImportIssue
from zhike.crm.imports.queries import issue_reason
from zhike.crm.orders.models import Order
from zhike.platform.permissions import allowed


@dataclass(frozen=True)
class Cell:
    text: str
    differs: bool = False


@dataclass(frozen=True)
class Line:
    label: str
    text: str
    cells: list[Cell]


@dataclass(frozen=True)
class Candidate:
    """``choice`` is what the row's own verb wants to hear."""

    customer: Customer
    choice: str
    same: str


# Doubtful rows ------------------------------------------------------------------------------------

_SAME = {"name": lambda: _("same name"), "phone": lambda: _("same phone"), "email": lambda: _("same e-mail")}


def same_words(same: Iterable[str]) -> str:
    return _listed(_SAME[name]() for name in same if name in _SAME)


def _listed(parts: Iterable[str]) -> str:
    return ("、" if words.language().startswith("zh") else ", ").join(parts)


def doubtful(issue: ImportIssue, user: Any) -> dict[str, Any]:
    """The row beside the customers that it may be; of those only the visible ones."""
    candidates = _candidates(issue, user)
    reach = words.Reach(user)
    columns = issue.import_run.mapping.get("columns", {})
    lines = []
    for header, text in issue.values.items():
        target = columns.get(header, "")
        if not target and not str(text).strip():
            continue
        cells = [_cell(target, str(text), one.customer, reach) for one in candidates]
        lines.append(Line(header, str(text), cells))
    return {"lines": lines, "candidates": candidates, "run": issue.import_run}


def _candidates(issue: ImportIssue, user: Any) -> list[Candidate]:
    leads = {c["id"]: survivor_of(c["id"]) or c["id"] for c in issue.candidates}
    seen = Customer.objects.visible_to(user).select_related("owner").in_bulk(set(leads.values()))
    found: dict[int, Candidate] = {}
    for candidate in issue.candidates:
        customer = seen.get(leads[candidate["id"]])
        if customer is not None and customer.pk not in found:
            words_of = same_words(candidate["same"])
            found[customer.pk] = Candidate(customer, f"update:{candidate['id']}", words_of)
    return list(found.values())


def _cell(target: str, text: str, customer: Customer, reach: words.Reach) -> Cell:
    theirs = _value(target, customer, reach)
    return Cell(theirs, bool(target) and not _alike(target, text, customer, theirs))


def _value(target: str, customer: Customer, reach: words.Reach) -> str:
    if target.startswith(CUSTOM):
        value = customer.custom.get(target.removeprefix(CUSTOM))
        return "" if value is None else said(value)
    if target in ("phone", "email"):
        return getattr(reach, target)(getattr(customer, target))
    if target in ("province", "city"):
        return words.region_name(getattr(customer, target))
    if target == "industry":
        return words.industry_name(customer.industry)
    if target == "customer_key":
        return customer.external_key or ""
    display = getattr(customer, f"get_{target}_display", None)
    value = display() if display else getattr(customer, target, "")
    return str(value or "") if not hasattr(value, "all") else ""


def _alike(target: str, text: str, customer: Customer, theirs: str) -> bool:
    if target in ("name", "phone", "email"):
        mine = keys_of(*(text if name == target else "" for name in ("name", "phone", "email")))
        return mine[f"{target}_key"] == getattr(customer, f"{target}_key")
    return text.strip() in (theirs, "") or theirs.startswith(text.strip())


# Rejected rows ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Input:
    name: str
    label: str
    hint: str
    text: str
    wrong: bool


@dataclass(frozen=True)
class RowForm:
    issue: ImportIssue
    reason: str
    inputs: list[Input]


def rejected(issue: ImportIssue, _user: Any) -> dict[str, Any]:
    """The row's cells to correct, with those of its order."""
    return {"rows": [_row_form(one) for one in deciding.rows_with(issue)], "run": issue.import_run}


def _row_form(issue: ImportIssue) -> RowForm:
    wrong = {issue.column, *(column for column, _code, _values in issue.detail.get("more", []))}
    columns = issue.import_run.mapping.get("columns", {})
    inputs = []
    for place, (header, text) in enumerate(issue.values.items()):
        target = import_field(issue.import_run.entity, columns.get(header, ""))
        hint = str(target.label) if target is not None and str(target.label) != header else ""
        inputs.append(Input(f"cell-{issue.pk}-{place}", header, hint, str(text), header in wrong))
    return RowForm(issue, issue_reason(issue), inputs)


# Duplicates ---------------------------------------------------------------------------------------

#: Per comparison the words of its best level, and of a weaker one.
_EVIDENCE = {
    "name": (lambda: _("same name"), lambda: _("similar name")),
    "phones": (lambda: _("same phone"), lambda: _("similar phone")),
    "emails": (lambda: _("same e-mail"), lambda: _("similar e-mail")),
    "birthday": (lambda: _("same birthday"), lambda: _("similar birthday")),
    "address": (lambda: _("same address"), lambda: _("similar address")),
}
_BEST = {"phones": 2, "emails": 2, "birthday": 2, "address": 3}
_BEST_NAME = {"person": 3, "company": 4}


def evidence_words(pair: DuplicatePair) -> str:
    """What speaks for the pair, strongest first as the comparisons stand."""
    told = []
    for name, (same, similar) in _EVIDENCE.items():
        level = pair.evidence.get(name, -1)
        best = _BEST_NAME[pair.left.kind] if name == "name" else _BEST[name]
        if level > 0:
            told.append(same() if level >= best else similar())
    return _listed(told) or _("Several details agree")


def duplicate(pair: DuplicatePair, user: Any) -> dict[str, Any]:
    """Both customers field by field; the one with more history is proposed to stay."""
    left, right = (
        (pair.left, pair.right) if _weight(pair.left) >= _weight(pair.right) else (pair.right, pair.left)
    )
    return {
        "left": left,
        "chance": min(pair.probability, 0.999),
        "right": right,
        "choices": merge_fields.comparison(left, right, user),
        "evidence": evidence_words(pair),
        "facts": [_facts(left, user), _facts(right, user)],
    }


def _weight(customer: Customer) -> tuple[int, int]:
    return (Order.objects.filter(customer=customer).count(), -customer.pk)


def _facts(customer: Customer, user: Any) -> str:
    """How much hangs on the record."""
    parts = [_("created %(day)s") % {"day": customer.created_at.date().isoformat()}]
    if allowed(user, "orders.view"):
        count = Order.objects.filter(customer=customer).count()
        parts.append(_("%(count)s orders") % {"count": number_format(count, force_grouping=True)})
    parts.append(_("%(count)s contacts") % {"count": customer.contacts.count()})
    return " · ".join(parts)


# Two values ---------------------------------------------------------------------------------------


def field_label(name: str) -> str:
    if name == "custom":
        return _("Own fields")
    if name in ("owner_id", "team_id"):
        name = name.removesuffix("_id")
    return str(getattr(Customer._meta.get_field(name), "verbose_name", name))


def conflict(row: FieldConflict, user: Any) -> dict[str, Any]:
    reach = words.Reach(user)
    sides = [_stated(row.field, value, reach) for value in (row.current, row.other)]
    return {"label": field_label(row.field), "current_value": sides[0], "other": sides[1]}


def _stated(name: str, value: Any, reach: words.Reach) -> str:
    """A stored value in words."""
    if value in (None, "", {}):
        return _("(empty)")
    if name == "custom":
        titles = {field.key: field.title for field in CustomField.objects.filter(entity="customer")}
        return "；".join(f"{titles.get(key, key)}: {said(one)}" for key, one in value.items())
    if name in ("owner_id", "team_id"):
        model = User if name == "owner_id" else Team
        return str(model.objects.filter(pk=value).first() or value)
    probe = Customer(**{name: value})
    return _value(name, probe, reach) or str(value)
