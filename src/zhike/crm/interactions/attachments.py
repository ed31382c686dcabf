"""Verbs on files kept with customers: known by their content, stored under names that nobody can guess."""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import access
from zhike.crm.customers.models import Customer
from zhike.crm.interactions.models import Attachment, Interaction
from zhike.platform import audit
from zhike.platform.errors import DomainError, NotAllowed
from zhike.platform.permissions import allowed, require

FOLDER = "attachments"
MAX_BYTES = 25 * 1024 * 1024
MAX_FILES, MAX_TOTAL = 200, 1024 * 1024 * 1024
HEAD = 8192
#: What the first bytes say. Pictures with scripts inside (SVG) and pages (HTML) are not among them.
SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"%PDF-", 0, "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"WAVE", 8, "audio/wav"),
    (b"ID3", 0, "audio/mpeg"),
    (b"#!AMR", 0, "audio/amr"),
    (b"ftypM4A", 4, "audio/mp4"),
    (b"ftyp", 4, "video/mp4"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "application/x-ole-storage"),
)
OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
#: Old office files look alike inside; the name tells which it is.
OLE = {
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
}
TEXTS = {".txt": "text/plain", ".csv": "text/csv", ".md": "text/plain", ".tsv": "text/tab-separated-values"}
ENCODINGS = ("utf-8", "gb18030")


def path_of(attachment: Attachment) -> Path:
    return Path(settings.MEDIA_ROOT) / attachment.file


@transaction.atomic
def add_attachment(
    *, actor: Any, customer: Customer, upload: UploadedFile, interaction: Interaction | None = None
) -> Attachment:
    """Keep a file with a customer, or with one contact with it."""
    _may_edit(actor, customer)
    if interaction is not None and interaction.customer_id != customer.pk:
        raise DomainError(_("This contact belongs to another customer."), code="other_customer")
    _check_room(customer, upload)
    content_type = kind_of(upload)
    if not content_type:
        message = _(
            "Files of this kind are not kept. Possible are PDF, Office files, pictures, texts and sound."
        )
        raise DomainError(message, field="file", code="file_kind")
    attachment = Attachment(
        customer=customer,
        interaction=interaction,
        name=file_name(upload.name or ""),
        file=f"{FOLDER}/{secrets.token_hex(1)}/{secrets.token_urlsafe(24)}",
        content_type=content_type,
        size=upload.size or 0,
        author=actor,
    )
    _store(upload, path_of(attachment))
    attachment.save()
    audit.record(actor, "attachment.added", attachment, after={"customer_id": customer.pk})
    return attachment


@transaction.atomic
def delete_attachment(*, actor: Any, attachment: Attachment) -> None:
    """Remove a file for good: one's own, or any by those who manage the company."""
    _may_edit(actor, attachment.customer)
    if attachment.author_id != actor.pk and not allowed(actor, "users.manage"):
        raise NotAllowed()
    audit.record(actor, "attachment.deleted", attachment)
    forget(attachment)
    attachment.delete()


def forget(attachment: Attachment) -> None:
    """Delete the file once the transaction has ended well."""
    path = path_of(attachment)
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def file_name(text: str) -> str:
    """The last part of the given name, without anything that a file system or a header could misread."""
    last = PurePosixPath(text.replace("\\", "/")).name
    clean = "".join(c for c in last if c.isprintable() and c not in '"<>|:*?/\\').strip(" .")
    return clean[-200:] or "file"


def kind_of(upload: UploadedFile) -> str:
    """The content type by the file's own bytes, or "" for what is not kept."""
    upload.seek(0)
    head = upload.read(HEAD)
    upload.seek(0)
    ending = Path(upload.name or "").suffix.lower()
    for mark, place, kind in SIGNATURES:
        if head[place : place + len(mark)] == mark:
            return OLE.get(ending, "") if kind == "application/x-ole-storage" else kind
    if head.startswith(b"PK\x03\x04"):
        return _office(upload)
    return TEXTS.get(ending, "") if ending in TEXTS and _is_text(head) else ""


def _office(upload: UploadedFile) -> str:
    """An Office file is an archive with known parts; archives of anything else are not kept."""
    try:
        with zipfile.ZipFile(upload) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, EOFError):
        return ""
    finally:
        upload.seek(0)
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return ""
    return next((kind for start, kind in OFFICE.items() if any(n.startswith(start) for n in names)), "")


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and any(_reads(head, encoding) for encoding in ENCODINGS)


def _reads(head: bytes, encoding: str) -> bool:
    """The last character may be cut."""
    for cut in range(4):
        try:
            head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _check_room(customer: Customer, upload: UploadedFile) -> None:
    if not upload.size:
        raise DomainError(_("The file is empty."), field="file", code="empty")
    if upload.size > MAX_BYTES:
        raise DomainError(_("A file can have 25 MB at most."), field="file", code="too_large")
    kept = customer.attachments.aggregate(total=Sum("size"))["total"] or 0
    if customer.attachments.count() >= MAX_FILES or kept + upload.size > MAX_TOTAL:
        raise DomainError(_("This customer has as many files as are kept."), field="file", code="too_many")


def _store(upload: UploadedFile, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with path.open("xb") as target:
            path.chmod(0o600)
            for chunk in _chunks(upload):
                target.write(chunk)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _chunks(upload: UploadedFile) -> Iterator[bytes]:
    upload.seek(0)
    yield from upload.chunks()


def _may_edit(actor: Any, customer: Customer) -> None:
    require(actor, "customers.edit")
    access.require_editable(actor, customer)
