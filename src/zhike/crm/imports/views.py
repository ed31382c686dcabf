"""The pages of imports: upload, check the columns, watch, see the result, undo."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from zhike.crm.imports import error_file, presets, queries, services
from zhike.crm.imports import reading as readings
from zhike.crm.imports.forms import OptionsForm, PresetForm, UploadForm
from zhike.crm.imports.mapping import DATE_ORDERS, fills_down
from zhike.crm.imports.mapping import problems as mapping_problems
from zhike.crm.imports.models import Entity, Import, ImportPreset, ImportState
from zhike.platform.errors import DomainError
from zhike.platform.keyset import Sort, paginate
from zhike.platform.permissions import RowScope, allowed, requires, row_scope
from zhike.platform.requests import Request
from zhike.platform.uploads import LimitedUploadHandler

NEWEST = Sort("id", "id", descending=True)
IN_FILE_ORDER = Sort("id", "id")


@requires("import")
def import_list(request: Request) -> HttpResponse:
    """The imports that the person may see, newest first, and the saved presets."""
    rows = Import.objects.visible_to(request.user).select_related("created_by", "job")
    page = paginate(rows, NEWEST, cursor=request.GET.get("cursor", ""))
    saved = ImportPreset.objects.select_related("created_by")
    return render(request, "imports/list.html", {"page": page, "presets": saved})


@csrf_exempt
@requires("import")
def upload(request: Request) -> HttpResponse:
    """Choose a file. The size limit acts while it arrives, so the CSRF check comes after the handler."""
    request.upload_handlers = [LimitedUploadHandler(request, limit=settings.IMPORT_MAX_BYTES)]
    return _upload(request)


@csrf_protect
def _upload(request: Request) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None, initial=_wanted_entity(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            run = services.receive_file(
                actor=request.user,
                entity=data["entity"],
                chunks=data["file"].chunks(1 << 20),
                file_name=data["file"].name,
                source=data["source"],
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            return redirect("imports:detail", run.pk)
    context = {"form": form, "built_in": [p for e in Entity.values for p in presets.built_in(e)]}
    return render(request, "imports/upload.html", context, status=422 if form.errors else 200)


def _wanted_entity(request: Request) -> dict[str, str]:
    wanted = request.GET.get("entity", "")
    return {"entity": wanted} if wanted in Entity.values else {"entity": Entity.ORDERS}


@requires("import")
def detail(request: Request, pk: int) -> HttpResponse:
    """The columns while they may still change, else how it goes or went."""
    run = _mine(request, pk)
    if _is_open(run) and (run.state == ImportState.UPLOADED or request.GET.get("columns") == "1"):
        return _columns_page(request, run)
    page = paginate(queries.rejected(run), IN_FILE_ORDER, cursor=request.GET.get("cursor", ""))
    for issue in page.rows:
        issue.reason = queries.issue_reason(issue)
    context = {
        "run": run,
        "page": page,
        "records": queries.record_counts(run),
        "figures": queries.figures(run),
        "open": _is_open(run),
        "analyze": _changes_figures(run) and allowed(request.user, "insight.run"),
    }
    return render(request, "imports/result.html", {**context, **_progress(run)})


def _changes_figures(run: Import) -> bool:
    written = run.counts.get("created", 0) + run.counts.get("updated", 0)
    return run.state == ImportState.DONE and not run.dry_run and written > 0


def _mine(request: Request, pk: int) -> Import:
    """The import within the person's scope; a foreign one does not exist for them."""
    rows = Import.objects.visible_to(request.user).select_related("job", "created_by")
    return get_object_or_404(rows, pk=pk)


def _is_open(run: Import) -> bool:
    tried = run.state == ImportState.DONE and run.dry_run
    failed_early = run.state == ImportState.FAILED and not run.checkpoint
    return bool(run.file) and (run.state == ImportState.UPLOADED or tried or failed_early)


def _columns_page(request: Request, run: Import, *, error: str = "", status: int = 200) -> HttpResponse:
    context = _mapping_context(run) | _reading_context(run)
    initial = {"source": "" if run.source == "import" else run.source, **run.options}
    initial["fill_down"] = fills_down(run.mapping, run.options)
    limited = row_scope(request.user) != RowScope.ALL
    context |= {
        "run": run,
        "error": error or run.error,
        "options": OptionsForm(initial=initial, entity=run.entity, limited=limited),
        "preset_form": PresetForm(),
        "presets": ImportPreset.objects.filter(entity=run.entity),
    }
    return render(request, "imports/columns.html", context, status=status)


def _mapping_context(run: Import) -> dict[str, Any]:
    table = queries.table_of(run)
    views = queries.column_views(run, table)
    return {
        "run": run,
        "columns": views,
        "targets": queries.targets(run.entity),
        "date_orders": _date_orders(),
        "problems": mapping_problems(run.mapping, run.entity),
        "preview": queries.first_rows(table),
        "unmapped": sum(1 for view in views if not view.target),
        "preset_label": presets.label_of(run.mapping.get("preset", "")),
    }


def _date_orders() -> list[tuple[str, str]]:
    words = {"ymd": _("year-month-day"), "dmy": _("day-month-year"), "mdy": _("month-day-year")}
    return [(order, words[order]) for order in DATE_ORDERS]


def _reading_context(run: Import) -> dict[str, Any]:
    found = run.reading["found"]
    return {
        "found": found,
        "notes": queries.notes(run),
        "encodings": readings.ENCODINGS,
        "delimiters": [(sign, _sign_name(sign)) for sign in readings.DELIMITERS],
        "delimiter_name": _sign_name(found["delimiter"]),
    }


def _sign_name(sign: str) -> str:
    names = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar"), "，": _("full-width comma")}
    return f"{names[sign]} {sign.strip()}".strip() if sign in names else sign


@requires("import")
@require_POST
def choose_reading(request: Request, pk: int) -> HttpResponse:
    """Read the file with another encoding, delimiter, sheet or header row."""
    run = _mine(request, pk)
    delimiter = request.POST.get("delimiter", "")
    chosen = {
        **{name: request.POST.get(name, "") for name in ("encoding", "sheet", "header_row")},
        "delimiter": "\t" if delimiter == "tab" else delimiter,
    }
    try:
        services.choose_reading(actor=request.user, run=run, reading=chosen)
    except DomainError as error:
        return _columns_page(request, _mine(request, pk), error=str(error), status=error.status)
    return redirect("imports:detail", run.pk)


@requires("import")
@require_POST
def choose_columns(request: Request, pk: int) -> HttpResponse:
    """Take over the columns chosen, then show what they give, try the import out, or run it."""
    run = _mine(request, pk)
    act = request.POST.get("act", "")
    try:
        _take_over(request, run)
        if act == "preset":
            name = request.POST.get("name", "")
            preset = services.save_preset(actor=request.user, run=run, name=name)
            messages.success(request, _("The preset “%(name)s” is saved.") % {"name": preset.name})
        elif act in ("try", "run"):
            services.start(actor=request.user, run=run, dry_run=act == "try")
    except DomainError as error:
        if request.htmx:
            return render(request, "imports/_mapping.html", {**_mapping_context(run), "error": str(error)})
        return _columns_page(request, _mine(request, pk), error=str(error), status=error.status)
    if request.htmx:
        return render(request, "imports/_mapping.html", _mapping_context(run))
    return redirect(_columns_url(run) if act not in ("try", "run") else _url(run))


def _url(run: Import) -> str:
    return reverse("imports:detail", args=[run.pk])


def _columns_url(run: Import) -> str:
    return f"{_url(run)}?columns=1"


def _take_over(request: Request, run: Import) -> None:
    headers = run.reading["found"]["headers"]
    columns = {h: request.POST.get(f"column-{i}", "") for i, h in enumerate(headers)}
    orders = {h: request.POST.get(f"order-{i}", "") for i, h in enumerate(headers)}
    limited = row_scope(request.user) != RowScope.ALL
    form = OptionsForm(request.POST, entity=run.entity, limited=limited)
    if not form.is_valid():
        raise DomainError(_("Check the options."), field="options")
    services.choose_mapping(
        actor=request.user,
        run=run,
        mapping={"columns": columns, "date_orders": orders},
        options=form.options(),
        source=form.cleaned_data["source"],
    )


@requires("import")
@require_POST
def apply_preset(request: Request, pk: int) -> HttpResponse:
    run = _mine(request, pk)
    preset = get_object_or_404(ImportPreset, pk=request.POST.get("preset") or 0, entity=run.entity)
    services.apply_preset(actor=request.user, run=run, preset=preset)
    return redirect(_columns_url(run))


@requires("import")
@require_POST
def delete_preset(request: Request, pk: int) -> HttpResponse:
    services.delete_preset(actor=request.user, preset=get_object_or_404(ImportPreset, pk=pk))
    return redirect("imports:list")


@requires("import")
def progress(request: Request, pk: int) -> HttpResponse:
    """The moving part of the page; when the work has ended the whole page comes anew."""
    run = _mine(request, pk)
    response = render(request, "imports/_progress.html", _progress(run))
    if run.state not in (ImportState.RUNNING, ImportState.UNDOING):
        response["HX-Refresh"] = "true"
        response.status_code = 286
    return response


def _progress(run: Import) -> dict[str, Any]:
    job = run.job
    share = job.share if job is not None else None
    return {"run": run, "job": job, "percent": None if share is None else int(share * 100)}


@requires("import")
def errors(request: Request, pk: int) -> StreamingHttpResponse:
    """The rejected rows with their reasons, to be corrected and imported again."""
    run = _mine(request, pk)
    response = StreamingHttpResponse(
        error_file.lines(queries.error_rows(run)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="errors-{run.pk}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@requires("import")
@require_POST
def resume(request: Request, pk: int) -> HttpResponse:
    run = _mine(request, pk)
    services.resume(actor=request.user, run=run)
    return redirect("imports:detail", run.pk)


@requires("import")
@require_POST
def undo(request: Request, pk: int) -> HttpResponse:
    run = _mine(request, pk)
    services.undo(actor=request.user, run=run)
    return redirect("imports:detail", run.pk)


@requires("import")
@require_POST
def discard(request: Request, pk: int) -> HttpResponse:
    services.discard(actor=request.user, run=_mine(request, pk))
    messages.success(request, _("The upload is deleted."))
    return redirect("imports:list")
