"""Verbs on imports: receive a file, choose how it is read, run it, undo it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.analytics.tabular import clean
from zhike.crm.customers.models import CustomField
from zhike.crm.imports import mapping as mappings
from zhike.crm.imports import reading as readings
from zhike.crm.imports.fields import CUSTOM, CUSTOM_ENTITY, NEW
from zhike.crm.imports.models import Entity, Import, ImportPreset, ImportState
from zhike.crm.imports.presets import fitting, headers_key
from zhike.crm.imports.reasons import reason
from zhike.crm.imports.runner import drop_staging
from zhike.platform import audit, jobs
from zhike.platform.errors import Conflict, DomainError
from zhike.platform.models import Job
from zhike.platform.permissions import require
from zhike.platform.requests import number_of

OPTIONS: dict[str, tuple[Any, ...]] = {
    "default_kind": ("auto", "company", "person"),
    "assign": ("nobody", "me"),
    "create_customers": (True, False),
    "fill_down": (False, True),
}
_WRITES = {
    "customers": "customers.edit",
    "contacts": "customers.edit",
    "products": "orders.edit",
    "orders": "orders.edit",
}
KEPT_UNUSED = timedelta(hours=24)


def require_import(actor: Any, entity: str) -> None:
    """Importing needs its own right and that of writing what is imported. ``None`` is the installation."""
    if actor is not None:
        require(actor, "import")
        require(actor, _WRITES[entity])


def receive_file(
    *, actor: Any, entity: str, chunks: Iterable[bytes], file_name: str, source: str = ""
) -> Import:
    """Store a file under a random name, look at it, and propose its mapping."""
    if entity not in Entity.values:
        raise DomainError(_("Choose what the file holds."), field="entity", code="unknown_entity")
    require_import(actor, entity)
    drop_old_files()
    stored = secrets.token_hex(16)
    size = _store(readings.path_of(stored), chunks)
    run = Import(
        entity=entity,
        file=stored,
        file_name=Path(file_name.replace("\\", "/")).name[:255] or "file",
        file_size=size,
        source=(source.strip() or "import")[:60],
        created_by=actor,
    )
    try:
        _look(run, {})
    except BaseException:
        readings.path_of(stored).unlink(missing_ok=True)
        raise
    return _save_new(run)


def _store(path: Path, chunks: Iterable[bytes]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    size = 0
    try:
        with path.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > settings.IMPORT_MAX_BYTES:
                    raise DomainError(
                        _("The file is too large: at most %(limit)s MB. Split it and try again.")
                        % {"limit": settings.IMPORT_MAX_BYTES >> 20},
                        field="file",
                        code="file_too_large",
                    )
                file.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return size


@transaction.atomic
def _save_new(run: Import) -> Import:
    run.save()
    audit.record(run.created_by, "import.uploaded", run, after={"entity": run.entity, "size": run.file_size})
    return run


def _look(run: Import, chosen: Mapping[str, Any]) -> None:
    """Read the file with these choices and propose columns: a saved preset that fits, or by meaning."""
    table = readings.open_file(readings.path_of(run.file), chosen)
    rows = [row.cells for row in readings.sample(table)]
    if not rows:
        raise DomainError(reason("no_rows"), field="file", code="no_rows")
    run.reading = {name: chosen[name] for name in readings.CHOICES if chosen.get(name)}
    run.reading["found"] = readings.described(table)
    preset = fitting(run.entity, table.headers)
    if preset is not None:
        run.mapping = {**preset.mapping, "preset": f"saved:{preset.pk}"}
    else:
        run.mapping = mappings.propose(table, run.entity, rows)
    run.reading["dates"] = mappings.noted(mappings.scan(table, run.mapping, run.entity))


@transaction.atomic
def choose_reading(*, actor: Any, run: Import, reading: Mapping[str, Any]) -> Import:
    """Read the file another way; the columns are proposed anew."""
    require_import(actor, run.entity)
    _must_be_open(run)
    row = number_of(str(reading.get("header_row") or 0))
    if row is None or row > readings.HEADER_ROWS:
        raise DomainError(_("The header must be in one of the first rows."), field="header_row")
    _look(run, {**{name: reading.get(name) or "" for name in readings.CHOICES}, "header_row": row})
    run.save(update_fields=["reading", "mapping"])
    return run


@transaction.atomic
def choose_mapping(
    *,
    actor: Any,
    run: Import,
    mapping: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
    source: str | None = None,
) -> Import:
    """Set which column becomes which field, and how unknown and new records are treated."""
    require_import(actor, run.entity)
    _must_be_open(run)
    run.mapping = mappings.settled(mapping, run.entity, run.reading["found"]["headers"])
    _look_at_dates(run)
    if options is not None:
        run.options = _known_options(options)
    if source is not None:
        run.source = _source(source)
    run.save(update_fields=["mapping", "options", "source", "reading"])
    return run


def _look_at_dates(run: Import) -> None:
    """Only a date column that was not looked at yet costs a reading of the file."""
    dates = mappings.date_columns(run.mapping, run.entity)
    if not set(dates) <= set(run.reading.get("dates", {})):
        table = readings.open_file(readings.path_of(run.file), run.reading)
        run.reading["dates"] = mappings.noted(mappings.scan(table, run.mapping, run.entity))


def open_questions(run: Import) -> dict[str, dict[str, Any]]:
    """Date columns whose order of day and month only a person can tell, and nobody has."""
    columns, chosen = mappings.date_columns(run.mapping, run.entity), run.mapping.get("date_orders", {})
    noted = run.reading.get("dates", {})
    return {
        header: noted[header]
        for header in columns
        if header in noted and noted[header]["status"] == "ambiguous" and header not in chosen
    }


def _source(text: str) -> str:
    return clean(text)[:60] or "import"


def _known_options(options: Mapping[str, Any]) -> dict[str, Any]:
    chosen = {}
    for name, value in options.items():
        if name not in OPTIONS or value not in OPTIONS[name]:
            raise DomainError(_("There is no option “%(name)s”.") % {"name": name}, field=name)
        chosen[name] = value
    return chosen


def _must_be_open(run: Import) -> None:
    """Columns may change until rows were written (a trial run writes none)."""
    tried = run.state == ImportState.DONE and run.dry_run
    failed_early = run.state == ImportState.FAILED and not run.checkpoint
    if not run.file:
        raise Conflict(_("The file is no longer kept. Upload it again."))
    if run.state != ImportState.UPLOADED and not tried and not failed_early:
        raise Conflict(_("This import has already run. Upload the file again to change its columns."))


def start(*, actor: Any, run: Import, dry_run: bool, deliver: bool = True) -> Job:
    """Run the import, or try it out, as a background job."""
    require_import(actor, run.entity)
    _must_be_open(run)
    missing = mappings.problems(run.mapping, run.entity)
    for header in open_questions(run):
        missing.append(_("Say in which order “%(columns)s” writes day and month.") % {"columns": header})
    if missing:
        raise DomainError(" ".join(missing), field="mapping", code="mapping_incomplete")
    drop_staging(run)
    with transaction.atomic():
        if not dry_run:
            _create_fields(actor, run)
        run.issues.all().delete()
        fresh = {"dry_run": dry_run, "counts": {}, "checkpoint": {}, "finished_at": None}
        return _launch(actor, run, "imports.run", ImportState.RUNNING, deliver=deliver, **fresh)


def resume(*, actor: Any, run: Import, deliver: bool = True) -> Job:
    """Go on with an import (or its undo) that was stopped, from the last row written."""
    require_import(actor, run.entity)
    if run.state != ImportState.FAILED:
        raise Conflict(_("Only an import that was stopped can go on."))
    with transaction.atomic():
        if "undo" in run.counts:
            return _launch(actor, run, "imports.undo", ImportState.UNDOING, deliver=deliver)
        return _launch(actor, run, "imports.run", ImportState.RUNNING, deliver=deliver)


def undo(*, actor: Any, run: Import, deliver: bool = True) -> Job:
    """Take back the whole import as a background job."""
    require_import(actor, run.entity)
    written = run.state in (ImportState.DONE, ImportState.FAILED) and not run.dry_run
    if not written:
        raise Conflict(_("There is nothing to undo."))
    with transaction.atomic():
        return _launch(actor, run, "imports.undo", ImportState.UNDOING, deliver=deliver)


def _launch(actor: Any, run: Import, kind: str, state: ImportState, *, deliver: bool, **fields: Any) -> Job:
    """Move the import to its new state by compare-and-set, with the job that works on it."""
    params, key = {"import_id": run.pk}, f"import-{run.pk}"
    if not Import.objects.filter(pk=run.pk, state=run.state).update(state=state, error="", **fields):
        raise Conflict()
    if deliver:
        job = jobs.enqueue(kind, params, requested_by=actor, key=key)
    else:
        job = Job.objects.create(kind=kind, params=params, key=key, requested_by=actor)
    Import.objects.filter(pk=run.pk).update(job=job)
    run.refresh_from_db()
    event = {"imports.run": "import.started", "imports.undo": "import.undo_started"}[kind]
    audit.record(actor, event, run, after={"dry_run": run.dry_run, "source": run.source})
    return job


def _create_fields(actor: Any, run: Import) -> None:
    """Columns that shall become fields of their own get them now."""
    columns = dict(run.mapping["columns"])
    for header, target in columns.items():
        if target.startswith(NEW):
            field = _new_field(CUSTOM_ENTITY[run.entity], header, target.removeprefix(NEW))
            columns[header] = f"{CUSTOM}{field.key}"
            audit.record(actor, "custom_field.created", field, after={"label": field.label})
    run.mapping = {**run.mapping, "columns": columns}
    Import.objects.filter(pk=run.pk).update(mapping=run.mapping)


def _new_field(entity: str, label: str, field_type: str) -> CustomField:
    same = CustomField.objects.filter(entity=entity, label=label[:80], field_type=field_type).first()
    if same is not None:
        return same
    taken = set(CustomField.objects.filter(entity=entity).values_list("key", flat=True))
    stem = _slug(label)
    key = next(k for k in (stem, *(f"{stem}_{n}" for n in range(2, 10_000))) if k not in taken)
    return CustomField.objects.create(
        entity=entity, key=key, label=label[:80], field_type=field_type, position=len(taken)
    )


def _slug(label: str) -> str:
    from django.utils.text import slugify
    from pypinyin import lazy_pinyin

    return slugify(" ".join(lazy_pinyin(label)))[:40].strip("-").replace("-", "_") or "field"


@transaction.atomic
def save_preset(*, actor: Any, run: Import, name: str) -> ImportPreset:
    """Keep this mapping under a name; it applies by itself to the next file with the same headers."""
    require_import(actor, run.entity)
    name = name.strip()[:80]
    if not name:
        raise DomainError(_("Give the preset a name."), field="name", code="blank")
    reading = {key: value for key, value in run.reading.items() if key in readings.CHOICES}
    values = {
        "headers": headers_key(run.reading["found"]["headers"]),
        "mapping": {key: run.mapping[key] for key in ("columns", "date_orders") if key in run.mapping},
        "reading": reading,
        "created_by": actor,
    }
    preset, _made = ImportPreset.objects.update_or_create(entity=run.entity, name=name, defaults=values)
    audit.record(actor, "import.preset_saved", preset)
    return preset


@transaction.atomic
def apply_preset(*, actor: Any, run: Import, preset: ImportPreset) -> Import:
    """Take over a saved mapping as far as this file has its columns."""
    headers = run.reading["found"]["headers"]
    columns = {h: name for h, name in preset.mapping.get("columns", {}).items() if h in headers}
    return choose_mapping(actor=actor, run=run, mapping={**preset.mapping, "columns": columns})


@transaction.atomic
def delete_preset(*, actor: Any, preset: ImportPreset) -> None:
    require_import(actor, preset.entity)
    audit.record(actor, "import.preset_deleted", preset)
    preset.delete()


@transaction.atomic
def discard(*, actor: Any, run: Import) -> None:
    """Delete an upload that was never written, with its file."""
    require_import(actor, run.entity)
    _must_be_open(run)
    audit.record(actor, "import.discarded", run)
    transaction.on_commit(lambda: _drop_files(run.file, run))
    Import.objects.filter(pk=run.pk).delete()


def _drop_files(stored: str, run: Import) -> None:
    readings.path_of(stored).unlink(missing_ok=True)
    drop_staging(run)


def drop_old_files() -> int:
    """Delete the files of uploads that were not run within a day; they hold personal data."""
    old = timezone.now() - KEPT_UNUSED
    busy = [ImportState.RUNNING, ImportState.UNDOING, ImportState.FAILED]
    unused = Import.objects.filter(created_at__lt=old).exclude(state__in=busy).exclude(file="")
    for run in unused:
        _drop_files(run.file, run)
    return unused.update(file="")
