"""The company's own words for its customers: fields that it adds, and its tags."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.crm.customers import own_fields, services, tags
from zhike.crm.customers.choices import TagColor
from zhike.crm.customers.models import Customer, CustomField, Tag
from zhike.crm.customers.vocabulary_forms import FieldForm
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request


@requires("users.manage")
def fields(request: Request) -> HttpResponse:
    """All fields, the archived ones below."""
    found = [
        (field, own_fields.in_use(field))
        for field in CustomField.objects.order_by("entity", "position", "pk")
    ]
    context = {
        "living": [pair for pair in found if pair[0].archived_at is None],
        "archived": [pair for pair in found if pair[0].archived_at is not None],
    }
    return render(request, "customers/own_fields.html", context)


@requires("users.manage")
def field_form(request: Request, pk: int | None = None) -> HttpResponse:
    """Add or change a field."""
    field = get_object_or_404(CustomField, pk=pk) if pk else None
    form = FieldForm(request.POST or None, field=field)
    if request.method == "POST" and form.is_valid():
        try:
            if field is None:
                own_fields.define_field(actor=request.user, **form.verbs())
            else:
                own_fields.change_field(actor=request.user, field=field, **form.verbs())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("customers:fields")
    status = 422 if form.is_bound else 200
    context = {"form": form, "field": field}
    return render(request, "customers/own_field_form.html", context, status=status)


@requires("users.manage")
@require_POST
def archive(request: Request, pk: int) -> HttpResponse:
    """Archive a field, or bring an archived one back."""
    field = get_object_or_404(CustomField, pk=pk)
    if field.archived_at is None:
        own_fields.archive_field(actor=request.user, field=field)
        messages.success(request, _("%(name)s is archived; its values stay.") % {"name": field.title})
    else:
        own_fields.bring_back_field(actor=request.user, field=field)
        messages.success(request, _("%(name)s is back.") % {"name": field.title})
    return redirect("customers:fields")


@requires("users.manage")
def tag_list(request: Request) -> HttpResponse:
    """The company's tags with how many customers have them."""
    context: dict[str, Any] = {"tags": tags.with_counts(), "colors": TagColor.choices}
    return render(request, "customers/tags.html", context)


@requires("users.manage")
@require_POST
def change_tag(request: Request, pk: int) -> HttpResponse:
    """Rename, recolor, merge (by an existing name) or delete a tag."""
    tag = get_object_or_404(Tag, pk=pk)
    name = tag.name
    if "delete" in request.POST:
        tags.delete_tag(actor=request.user, tag=tag)
        messages.success(request, _("%(name)s is deleted.") % {"name": name})
        return redirect("customers:tags")
    try:
        left = tags.change_tag(
            actor=request.user,
            tag=tag,
            name=request.POST.get("name", ""),
            color=request.POST.get("color", ""),
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        merged = _("%(name)s is merged into %(other)s.") % {"name": name, "other": left.name}
        messages.success(request, merged if left.pk != pk else _("Saved."))
    return redirect("customers:tags")


@requires("customers.view")
def tag_suggestions(request: Request) -> HttpResponse:
    """Known tags while somebody types."""
    text = request.GET.get("add", "")[:40].replace("\0", "")
    return render(request, "customers/_tag_options.html", {"names": tags.suggestions(text)})


@requires("customers.view", "customers.edit")
@require_POST
def set_tag(request: Request, pk: int) -> HttpResponse:
    """Put a tag on a customer, or take one off, right on its page."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    names = set(customer.tags.values_list("name", flat=True)) - {request.POST.get("remove", "")}
    added = request.POST.get("add", "").replace("\0", "").replace("，", ",").replace("、", ",")
    services.set_tags(actor=request.user, customer=customer, tags=[*names, *added.split(",")])
    return redirect("customers:detail", pk=pk)
