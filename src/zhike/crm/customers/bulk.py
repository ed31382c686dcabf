"""Verbs on many customers at once: a fixed number of statements per call, with an image of what was there.

Every verb locks the rows that the actor may change, leaves those alone that are already so, and returns what
it wrote. An image is ``(before, after)`` in JSON of just the values that were written; :func:`restore` puts
the former ones back where nobody changed them since. The version of a record rises, so that somebody who has
its form open is asked to look again; none of these fields is in the search index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from zhike.crm.accounts.models import Team, User
from zhike.crm.customers import ownership, validation
from zhike.crm.customers.models import Customer, Tag
from zhike.crm.customers.services import MAX_TAGS
from zhike.platform import rows
from zhike.platform.errors import DomainError
from zhike.platform.permissions import require

Values = dict[str, Any]
Image = tuple[Values, Values]
#: Fields that make sense for many customers together; own fields of the company come with ``custom``.
FIELDS = ("industry", "size", "customer_type", "business_model", "country", "province", "no_profiling")


@dataclass
class Outcome:
    """What became of the customers of a call; whom it does not name, the actor may not change."""

    changed: dict[int, Image] = field(default_factory=dict)
    same: set[int] = field(default_factory=set)
    excluded: set[int] = field(default_factory=set)

    def add(self, customer: int, before: Values, after: Values) -> None:
        if before == after:
            self.same.add(customer)
        else:
            self.changed[customer] = (before, after)


@transaction.atomic
def assign_many(*, actor: Any, owners: Mapping[int, int | None], reason: str = "") -> Outcome:
    """Give each customer to its new owner; the team follows the owner, and stays when nobody owns it."""
    teams = _teams_of({owner for owner in owners.values() if owner is not None})
    outcome = Outcome()
    rows = _locked(actor, owners).assignable_by(actor)
    for pk, owner, team in rows.values_list("pk", "owner_id", "team_id"):
        wanted = owners[pk]
        after = {"owner_id": wanted, "team_id": team if wanted is None else teams[wanted]}
        outcome.add(pk, {"owner_id": owner, "team_id": team}, after)
    _write(outcome.changed, 1)
    ownership.record(outcome.changed, actor=actor, origin="bulk", reason=reason)
    return outcome


def _teams_of(owners: Collection[int]) -> dict[int, int | None]:
    active = User.objects.filter(pk__in=owners, is_active=True)
    teams: dict[int, int | None] = dict(active.values_list("pk", "team_id"))
    if len(teams) != len(owners):
        raise DomainError(_("This person no longer works here."), field="owner", code="inactive")
    return teams


@transaction.atomic
def set_many(
    *, actor: Any, customers: Iterable[int], values: Values, custom: Values | None = None
) -> Outcome:
    """Set fields; of the company's own fields the named ones are set and, when empty, taken away."""
    for name in values:
        if name not in FIELDS:
            raise DomainError(_("This field cannot be set."), field=name, code="unknown_field")
    checked = validation.checked(Customer, values, frozenset(FIELDS))
    own = _checked_custom(custom or {})
    outcome = Outcome()
    names = _written(checked)
    for pk, now, *current in _locked(actor, customers).values_list("pk", "custom", *names):
        before = dict(zip(names, current, strict=True))
        after = {**before, **checked}
        if "city" in after and not after["city"].startswith(after["province"]):
            after["city"] = ""
        outcome.add(pk, {**before, **_slots(now, own)}, {**after, **_slots({**now, **own}, own)})
    _write(outcome.changed, 1)
    return outcome


def _written(values: Values) -> list[str]:
    """The columns that are written: a city outside a new province goes."""
    return [*values, "city"] if "province" in values else [*values]


def _checked_custom(custom: Values) -> Values:
    stored = validation.checked(Customer, {"custom": custom}, frozenset({"custom"}))["custom"]
    return {key: stored.get(key) for key in custom}


def _slots(custom: Values, keys: Iterable[str]) -> Values:
    """Own fields as an image names them; one that is not there is None."""
    return {f"custom.{key}": custom.get(key) for key in keys}


@transaction.atomic
def tag_many(
    *, actor: Any, customers: Iterable[int], add: Collection[int] = (), remove: Collection[int] = ()
) -> Outcome:
    """Put tags on and take tags off, by their numbers; who would have too many tags is left out."""
    permitted = set(_locked(actor, customers).values_list("pk", flat=True))
    now = _tags_now(permitted, {*add, *remove})
    counts = _tag_counts(permitted) if add else {}
    outcome = Outcome()
    for pk in sorted(permitted):
        wanted = {tag: tag in add for tag in (*add, *remove)}
        before = {str(tag): tag in now.get(pk, ()) for tag in wanted}
        more = sum(on and not before[str(tag)] for tag, on in wanted.items())
        if counts.get(pk, 0) + more > MAX_TAGS:
            outcome.excluded.add(pk)
        else:
            outcome.add(pk, before, {str(tag): on for tag, on in wanted.items()})
    _write_tags(outcome.changed, 1)
    return outcome


def _tags_now(customers: Collection[int], tags: Collection[int]) -> dict[int, set[int]]:
    through = Customer.tags.through.objects.filter(customer_id__in=customers, tag_id__in=tags)
    found: dict[int, set[int]] = {}
    for customer, number in through.values_list("customer_id", "tag_id"):
        found.setdefault(customer, set()).add(number)
    return found


def _tag_counts(customers: Collection[int]) -> dict[int, int]:
    through = Customer.tags.through.objects.filter(customer_id__in=customers)
    return dict(through.values_list("customer_id").annotate(Count("id")).order_by())


def _write_tags(images: Mapping[int, Image], side: int) -> None:
    """Bring the tags that an image names to one of its sides."""
    through = Customer.tags.through
    on: list[Any] = []
    off: dict[int, list[int]] = {}
    for customer, image in images.items():
        for tag, wanted in image[side].items():
            if wanted == image[1 - side][tag]:
                continue
            if wanted:
                on.append(through(customer_id=customer, tag_id=int(tag)))
            else:
                off.setdefault(int(tag), []).append(customer)
    through.objects.bulk_create(on, ignore_conflicts=True, batch_size=5_000)
    for number, customers in off.items():
        through.objects.filter(tag_id=number, customer_id__in=customers).delete()


@transaction.atomic
def tags_named(*, actor: Any, names: Iterable[str]) -> tuple[dict[str, int], list[int]]:
    """The numbers of tags by name, and which of them are new to the company's list."""
    require(actor, "customers.edit")
    wanted = sorted({name.strip()[:40] for name in names if name.strip()})
    if len(wanted) > MAX_TAGS:
        raise DomainError(_("A customer has at most 30 tags."), field="tags", code="too_many")
    known = dict(Tag.objects.filter(name__in=wanted).values_list("name", "pk"))
    fresh = {name: Tag.objects.create(name=name).pk for name in wanted if name not in known}
    return {**known, **fresh}, list(fresh.values())


def drop_unused_tags(tags: Iterable[int]) -> None:
    """Take tags that nobody has any more out of the company's list."""
    Tag.objects.filter(pk__in=list(tags), customers__isnull=True).delete()


@transaction.atomic
def restore(*, actor: Any, images: Mapping[int, Image], reason: str = "") -> set[int]:
    """Put fields, owners and teams back; returns whom it left alone, because somebody changed them since."""
    now = _state(images)
    left_alone = {pk for pk, (_before, after) in images.items() if now.get(pk) != after}
    going = {pk: image for pk, image in images.items() if pk not in left_alone}
    gone = _without_place(going)
    going = {pk: image for pk, image in going.items() if pk not in gone}
    _write(going, 0)
    if any("owner_id" in before for before, _after in going.values()):
        ownership.record(going, actor=actor, origin="undo", reason=reason)
    return left_alone | gone


@transaction.atomic
def restore_tags(*, images: Mapping[int, Image]) -> set[int]:
    """The same for tags; a tag that left the company's list cannot come back."""
    tags = {int(tag) for before, _after in images.values() for tag in before}
    known = set(Tag.objects.filter(pk__in=tags).values_list("pk", flat=True))
    found = _tags_now(list(images), tags)
    left_alone = set()
    for pk, (before, after) in images.items():
        now = {tag: int(tag) in found.get(pk, ()) for tag in after}
        if now != after or any(int(tag) not in known for tag, on in before.items() if on):
            left_alone.add(pk)
    _write_tags({pk: image for pk, image in images.items() if pk not in left_alone}, 0)
    return left_alone


def _locked(actor: Any, customers: Iterable[int]) -> Any:
    """The rows that the actor may change, for the rest of the transaction."""
    require(actor, "customers.edit")
    editable = Customer.objects.editable_by(actor).filter(pk__in=list(customers))
    return editable.order_by("pk").select_for_update(of=("self",))


def _state(images: Mapping[int, Image]) -> dict[int, Values]:
    """What stands now where the images have been written."""
    names = sorted({name for _before, after in images.values() for name in after})
    columns = [name for name in names if not name.startswith("custom.")]
    found = Customer.objects.filter(pk__in=list(images)).order_by("pk").select_for_update(of=("self",))
    state = {}
    for pk, custom, *values in found.values_list("pk", "custom", *columns):
        known = dict(zip(columns, values, strict=True))
        after = images[pk][1]
        state[pk] = {
            name: custom.get(name.removeprefix("custom.")) if name.startswith("custom.") else known[name]
            for name in after
        }
    return state


def _without_place(images: Mapping[int, Image]) -> set[int]:
    """Customers whose former owner or team is no more."""
    people: set[int] = {before["owner_id"] for before, _after in images.values() if before.get("owner_id")}
    teams: set[int] = {before["team_id"] for before, _after in images.values() if before.get("team_id")}
    people -= set(User.objects.filter(pk__in=people).values_list("pk", flat=True))
    teams -= set(Team.objects.filter(pk__in=teams).values_list("pk", flat=True))
    return {
        pk
        for pk, (before, _after) in images.items()
        if before.get("owner_id") in people or before.get("team_id") in teams
    }


def _write(images: Mapping[int, Image], side: int) -> None:
    """Bring the rows to one side of their images."""
    own = {pk for pk, image in images.items() if any(name.startswith("custom.") for name in image[0])}
    customs = dict(Customer.objects.filter(pk__in=own).values_list("pk", "custom")) if own else {}
    written = {pk: _columns(image[side], customs.get(pk)) for pk, image in images.items()}
    rows.update(Customer, written, versioned=True)


def _columns(values: Values, custom: Values | None) -> Values:
    plain = {name: value for name, value in values.items() if not name.startswith("custom.")}
    if custom is None:
        return plain
    own = {name.removeprefix("custom."): value for name, value in values.items() if name not in plain}
    kept = {key: value for key, value in custom.items() if key not in own}
    return {**plain, "custom": {**kept, **{key: value for key, value in own.items() if value is not None}}}


def owned_by(owners: Mapping[int, int | None]) -> Q:
    """Customers that belong to one of the owners (owner → team) already, team included."""
    condition = Q(pk__in=[])
    for owner, team in owners.items():
        condition |= Q(owner_id=owner, team_id=team) if team else Q(owner_id=owner, team_id__isnull=True)
    return condition
