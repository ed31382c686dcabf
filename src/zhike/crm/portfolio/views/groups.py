"""Customer lists: those that one sees, and creating, renaming, sharing and deleting one's own."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zhike.crm.customers import lists
from zhike.crm.customers.models import CustomerList
from zhike.platform.errors import DomainError
from zhike.platform.permissions import allowed, requires
from zhike.platform.requests import Request


class ListForm(forms.ModelForm):
    class Meta:
        model = CustomerList
        fields = ["name", "shared", "for_treatment"]
        help_texts = {
            "shared": gettext_lazy("Colleagues see of it the customers that they see anyway."),
            "for_treatment": gettext_lazy(
                "Whoever is put in is treated: a tenth is held out unless you say no."
            ),
        }


@requires("customers.view")
def index(request: Request) -> HttpResponse:
    """The lists that the person sees, and a new one."""
    form = ListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            lists.create_list(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("The list is created. Put customers into it from the customer list."))
            return redirect("lists:list")
    found = list(lists.lists_of(request.user))
    sizes = lists.sizes(request.user, found)
    context = {
        "form": form,
        "lists": [(one, sizes.get(one.pk, 0)) for one in found],
        "can_see_segments": allowed(request.user, "insight.view"),
    }
    return render(request, "customers/lists.html", context, status=422 if form.errors else 200)


@requires("customers.view")
def change(request: Request, pk: int) -> HttpResponse:
    customer_list = _own(request, pk)
    form = ListForm(request.POST or None, instance=customer_list)
    if request.method == "POST" and form.is_valid():
        try:
            lists.change_list(actor=request.user, customer_list=customer_list, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("lists:list")
    context = {"form": form, "customer_list": customer_list}
    return render(request, "customers/list_form.html", context, status=422 if form.errors else 200)


@requires("customers.view")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    lists.delete_list(actor=request.user, customer_list=_own(request, pk))
    messages.success(request, _("The list is deleted. Its customers stay."))
    return redirect("lists:list")


def _own(request: Request, pk: int) -> CustomerList:
    return get_object_or_404(lists.lists_of(request.user), pk=pk, owner=request.user)
