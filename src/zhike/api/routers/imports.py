"""Imports: upload and run, look, fetch the rejected rows, undo."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import AfterValidator, StringConstraints

from zhike.api.fields import Cursor, Limit, PathId, storable
from zhike.api.problems import ANSWERS
from zhike.crm.imports import error_file, queries, services
from zhike.crm.imports.models import Import
from zhike.platform.errors import DomainError
from zhike.platform.keyset import Sort, paginate
from zhike.platform.requests import Request, json_of

router = Router(tags=["imports"])
NEWEST = Sort("id", "id", descending=True)
Source = Annotated[str, StringConstraints(max_length=60), AfterValidator(storable)]
Json = Annotated[str, StringConstraints(max_length=100_000), AfterValidator(storable)]


class ImportIn(Schema):
    """``mapping`` and ``options`` are JSON texts; without a mapping the columns are recognized."""

    entity: Literal["customers", "contacts", "products", "orders"]
    source: Source = ""
    dry_run: bool = False
    mapping: Json = ""
    options: Json = ""


class ImportOut(Schema):
    id: int
    entity: str
    file_name: str
    source: str
    state: str
    dry_run: bool
    counts: dict[str, Any]
    mapping: dict[str, Any]
    error: str
    job_id: int | None
    created_at: datetime
    finished_at: datetime | None


class ImportPage(Schema):
    """``next`` is the cursor of the next page, null on the last one."""

    items: list[ImportOut]
    next: str | None


@router.get("/imports", response={200: ImportPage, **ANSWERS})
def list_imports(request: Request, cursor: Cursor = "", limit: Limit = 50) -> Any:
    """Imports that you may see, newest first."""
    found = paginate(Import.objects.visible_to(request.user), NEWEST, cursor=cursor, size=limit)
    return {"items": found.rows, "next": found.next_cursor}


@router.post("/imports", response={202: ImportOut, **ANSWERS})
def create_import(request: Request, payload: Form[ImportIn], file: File[UploadedFile]) -> Any:
    """Upload a file and run it (or try it out) in the background."""
    services.require_import(request.user, payload.entity)
    mapping, options = _json(payload.mapping, "mapping"), _json(payload.options, "options")
    run = services.receive_file(
        actor=request.user,
        entity=payload.entity,
        chunks=file.chunks(1 << 20),
        file_name=file.name or "file",
        source=payload.source,
    )
    services.choose_mapping(actor=request.user, run=run, mapping=mapping or run.mapping, options=options)
    services.start(actor=request.user, run=run, dry_run=payload.dry_run)
    return _accepted(run)


def _json(text: str, name: str) -> dict[str, Any]:
    try:
        value = json_of(text) if text.strip() else {}
    except ValueError as error:
        raise DomainError(_("This must be a JSON object."), field=name, code="not_json") from error
    if not isinstance(value, dict):
        raise DomainError(_("This must be a JSON object."), field=name, code="not_json")
    return value


@router.get("/imports/{import_id}", response={200: ImportOut, **ANSWERS})
def get_import(request: Request, import_id: PathId) -> Any:
    """State and counts of one import."""
    return _mine(request, import_id)


CSV = {"responses": {200: {"description": "OK", "content": {"text/csv": {"schema": {"type": "string"}}}}}}


@router.get("/imports/{import_id}/errors.csv", response=ANSWERS, openapi_extra=CSV)
def import_errors(request: Request, import_id: PathId) -> StreamingHttpResponse:
    """The rejected rows with their reasons."""
    run = _mine(request, import_id)
    return StreamingHttpResponse(
        error_file.lines(queries.error_rows(run)), content_type="text/csv; charset=utf-8"
    )


@router.post("/imports/{import_id}/run", response={202: ImportOut, **ANSWERS})
def run_import(request: Request, import_id: PathId) -> Any:
    """Run for real what was tried out."""
    run = _mine(request, import_id)
    services.start(actor=request.user, run=run, dry_run=False)
    return _accepted(run)


@router.post("/imports/{import_id}/undo", response={202: ImportOut, **ANSWERS})
def undo_import(request: Request, import_id: PathId) -> Any:
    """Take the whole import back."""
    run = _mine(request, import_id)
    services.undo(actor=request.user, run=run)
    return _accepted(run)


def _accepted(run: Import) -> Any:
    """As it stands now that its job waits (or, in a small store, is done)."""
    run.refresh_from_db()
    return Status(202, run)


def _mine(request: Request, import_id: int) -> Import:
    return get_object_or_404(Import.objects.visible_to(request.user), pk=import_id)
