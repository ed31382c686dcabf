"""A customer list from a file of keys: every row that means nobody is named, nothing is half written."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext

from zhike.crm.segments import list_file
from zhike.crm.segments.forms import ListImportForm
from zhike.platform.errors import DomainError
from zhike.platform.permissions import requires
from zhike.platform.requests import Request
from zhike.platform.templatetags import zhike_format as say

SHOWN = 200


@requires("customers.view")
def import_list(request: Request) -> HttpResponse:
    form = ListImportForm(request.POST or None, request.FILES or None)
    found: list_file.Reading | None = None
    if request.method == "POST" and form.is_valid():
        try:
            found = _read(request.user, form.cleaned_data["file"])
            if found.customers and (form.cleaned_data["skip"] or not found.missing):
                return _made(request, form.cleaned_data, found)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            found = None
    context = {"form": form, "found": found, "missing": found.missing[:SHOWN] if found else []}
    return render(request, "segments/import_list.html", context, status=422 if found or form.errors else 200)


def _read(user: Any, file: UploadedFile) -> list_file.Reading:
    suffix = "".join(Path(file.name or "").suffixes[-2:])[:12]
    with tempfile.NamedTemporaryFile(suffix=suffix if suffix.isascii() else "") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return list_file.read(user, Path(copy.name))


def _made(request: Request, given: dict[str, Any], found: list_file.Reading) -> HttpResponse:
    made = list_file.make_list(actor=request.user, name=given["name"], shared=given["shared"], found=found)
    size = len(found.customers)
    text = ngettext("The list has %(count)s customer.", "The list has %(count)s customers.", size) % {
        "count": say.number(size)
    }
    messages.success(request, text)
    if found.missing:
        left = len(found.missing)
        text = ngettext(
            "%(count)s row without a customer was left out.",
            "%(count)s rows without a customer were left out.",
            left,
        ) % {"count": say.number(left)}
        rows = ", ".join(str(one.row) for one in found.missing[:10])
        messages.warning(request, f"{text} ({rows}{' …' if left > 10 else ''})")
    return redirect(f"{reverse('customers:list')}?list={made.pk}")
