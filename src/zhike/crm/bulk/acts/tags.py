"""Put tags on customers, or take them off."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhike.crm.bulk.acts.base import Act, ActForm, Pairs, Params
from zhike.crm.bulk.models import BulkAct
from zhike.crm.customers import bulk
from zhike.crm.customers.models import Customer, Tag
from zhike.platform.offers import offer

SHOWN = 200


class TagForm(ActForm):
    tags = forms.MultipleChoiceField(label=_("Tags"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Tag.objects.values_list("name", flat=True)[:SHOWN]
        offer(self, tags=[(name, name) for name in names])
        if not names:
            del self.fields["tags"]

    def clean(self) -> dict[str, Any]:
        names = [*self.cleaned_data.get("tags", []), *_split(self.cleaned_data.get("new", ""))]
        if not names:
            raise forms.ValidationError(_("Name at least one tag."))
        if len(set(names)) > 10:
            raise forms.ValidationError(_("Name ten tags at most."))
        return {"tags": sorted(set(names))}

    def params(self) -> Params:
        return {"tags": self.cleaned_data["tags"]}


class AddTagForm(TagForm):
    new = forms.CharField(
        label=_("New tags"), required=False, max_length=200, help_text=_("Separate several with commas.")
    )


def _split(text: str) -> list[str]:
    parts = text.replace("，", ",").replace("、", ",").split(",")
    return [part.strip()[:40] for part in parts if part.strip()]


class AddTags(Act):
    form: ClassVar[type[ActForm]]
    code = "tag"
    label = _("Add tags")
    hint = _("Put one or more tags on every customer.")
    icon = "tag"
    form = AddTagForm
    adds = True

    def describe(self, params: Params) -> Pairs:
        return [(gettext("Tags"), "、".join(params["tags"]))]

    def same(self, params: Params) -> Q:
        through: Any = Customer.tags.through.objects.filter(tag__name__in=params["tags"]).order_by()
        counts = through.values("customer_id").alias(number=Count("id"))
        return Q(pk__in=counts.filter(number=len(params["tags"])).values("customer_id"))

    def excluded(self, params: Params) -> Q:
        """Exact for one tag, and on the safe side for several."""
        through: Any = (
            Customer.tags.through.objects.order_by().values("customer_id").alias(number=Count("id"))
        )
        full = through.filter(number__gt=bulk.MAX_TAGS - len(params["tags"]))
        return Q(pk__in=full.values("customer_id"))

    def sample(self, customers: Sequence[Customer], params: Params, rows: QuerySet[Customer]) -> Pairs:
        wanted = set(params["tags"])
        found = []
        for one in customers:
            now = {tag.name for tag in one.tags.all()}
            after = now | wanted if self.adds else now - wanted
            found.append(("、".join(sorted(now)), "、".join(sorted(after))))
        return found

    def prepare(self, *, actor: Any, act: BulkAct, rows: QuerySet[Customer]) -> None:
        numbers, made = bulk.tags_named(actor=actor, names=act.params["tags"] if self.adds else [])
        act.params |= {"numbers": sorted(numbers.values()), "made": made}

    def apply(self, *, actor: Any, act: BulkAct, customers: Collection[int]) -> bulk.Outcome:
        return bulk.tag_many(actor=actor, customers=customers, add=act.params["numbers"])

    def undo(self, *, actor: Any, act: BulkAct, images: Mapping[int, bulk.Image]) -> set[int]:
        return bulk.restore_tags(images=images)

    def finish_undo(self, *, act: BulkAct) -> None:
        bulk.drop_unused_tags(act.params.get("made", []))


class RemoveTags(AddTags):
    code = "untag"
    label = _("Remove tags")
    hint = _("Take one or more tags off every customer who has them.")
    icon = "tag-off"
    form = TagForm
    adds = False

    def same(self, params: Params) -> Q:
        through = Customer.tags.through.objects.filter(tag__name__in=params["tags"]).order_by()
        return ~Q(pk__in=through.values("customer_id"))

    def excluded(self, params: Params) -> Q:
        return Q(pk__in=[])

    def prepare(self, *, actor: Any, act: BulkAct, rows: QuerySet[Customer]) -> None:
        known = Tag.objects.filter(name__in=act.params["tags"])
        act.params["numbers"] = sorted(known.values_list("pk", flat=True))

    def apply(self, *, actor: Any, act: BulkAct, customers: Collection[int]) -> bulk.Outcome:
        return bulk.tag_many(actor=actor, customers=customers, remove=act.params["numbers"])
