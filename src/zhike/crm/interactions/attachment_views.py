"""Files of a customer: add, hand out, delete."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from zhike.crm.customers.models import Customer
from zhike.crm.interactions import attachments
from zhike.crm.interactions.models import Attachment, Interaction
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request, row_asked
from zhike.platform.uploads import LimitedUploadHandler

AT_ONCE = 10


@csrf_exempt
@requires("customers.view", "customers.edit")
@require_POST
def add(request: Request, customer_pk: int) -> HttpResponse:
    """Keep the chosen files. The size limit acts while they arrive, so the CSRF check comes after it."""
    request.upload_handlers = [LimitedUploadHandler(request, limit=AT_ONCE * attachments.MAX_BYTES)]
    return _add(request, customer_pk)


@csrf_protect
def _add(request: Request, customer_pk: int) -> HttpResponse:
    """What is refused is told, what is fine is kept."""
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=customer_pk)
    interaction = _interaction(request, customer)
    kept = 0
    for upload in request.FILES.getlist("file")[:AT_ONCE]:
        try:
            attachments.add_attachment(
                actor=request.user, customer=customer, upload=upload, interaction=interaction
            )
            kept += 1
        except DomainError as error:
            messages.error(request, f"{attachments.file_name(upload.name or '')}: {error}")
    if kept:
        text = ngettext("%(count)s file is kept.", "%(count)s files are kept.", kept)
        messages.success(request, text % {"count": kept})
    return redirect("customers:detail", pk=customer.pk)


def _interaction(request: Request, customer: Customer) -> Interaction | None:
    text = request.POST.get("interaction", "")
    if not text:
        return None
    return row_asked(Interaction.objects.visible_to(request.user).filter(customer=customer), text)


@requires("customers.view")
def download(request: Request, pk: int) -> HttpResponseBase:
    """The file as an attachment: no browser opens it as a page of ours."""
    found = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    path = attachments.path_of(found)
    if not path.is_file():
        raise Http404
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=found.name, content_type=found.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@requires("customers.view", "customers.edit")
@require_POST
def delete(request: Request, pk: int) -> HttpResponse:
    rows = Attachment.objects.visible_to(request.user).select_related("customer")
    found = get_object_or_404(rows, pk=pk)
    attachments.delete_attachment(actor=request.user, attachment=found)
    messages.success(request, _("%(name)s is deleted.") % {"name": found.name})
    return redirect("customers:detail", pk=found.customer_id)
