"""Opening a file's bytes: plain or gzip, told by content, guarded against archives that explode."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from zhike.analytics.tabular.limits import Limits
from zhike.analytics.tabular.problems import TableError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Kind = Literal["text", "workbook", "old_workbook", "parquet"]

_CHUNK = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"SQLite format 3", "SQLite"),
    (b"\x7fELF", "ELF"),
    (b"{\\rtf", "RTF"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"ARROW1", "Arrow"),
    (b"MZ", "EXE"),
)


class _Guarded(io.RawIOBase):
    """Counts what comes out of a gzip stream and stops when it grows beyond reason."""

    def __init__(self, inner: gzip.GzipFile, packed: int, limits: Limits) -> None:
        self._inner, self._limits, self._out = inner, limits, 0
        self._ratio_limit = max(limits.expansion_from, packed * limits.expansion)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        try:
            count = self._inner.readinto(buffer)
        except (EOFError, OSError, zlib.error) as error:
            raise TableError("archive_damaged") from error
        self._out += count
        if self._out > self._limits.expanded_bytes or self._out > self._ratio_limit:
            raise TableError("expands_too_much")
        return count

    def close(self) -> None:
        self._inner.close()
        super().close()


def check_file(path: Path, limits: Limits) -> int:
    """Size of the file in bytes; refuses what is missing, empty or too large before reading any of it."""
    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise TableError("file_missing", name=path.name) from error
    except OSError as error:
        raise TableError("file_unreadable", name=path.name, reason=error.strerror or "") from error
    if path.is_dir():
        raise TableError("file_unreadable", name=path.name, reason="it is a folder")
    if size == 0:
        raise TableError("file_empty")
    if size > limits.file_bytes:
        raise TableError("file_too_large", size=size >> 20, limit=limits.file_bytes >> 20)
    return size


def is_gzip(path: Path) -> bool:
    with _opened(path) as file:
        return file.read(3) == b"\x1f\x8b\x08"


def open_bytes(path: Path, limits: Limits) -> BinaryIO:
    """The file's bytes, decompressed when gzip."""
    if not is_gzip(path):
        return _opened(path)
    guarded = _Guarded(gzip.GzipFile(path, "rb"), path.stat().st_size, limits)
    return io.BufferedReader(guarded, _CHUNK)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise TableError("file_unreadable", name=path.name, reason=error.strerror or "") from error


def chunks(path: Path, limits: Limits) -> Iterator[bytes]:
    with open_bytes(path, limits) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def file_kind(path: Path, limits: Limits) -> Kind:
    """What the file is, by its content; the extension is never trusted."""
    with open_bytes(path, limits) as file:
        head = file.read(4096)
    if not head:
        raise TableError("file_empty")
    if head.startswith(b"PK"):
        return "workbook"
    if head.startswith(_OLE):
        return "old_workbook"
    if head.startswith(b"PAR1"):
        return "parquet"
    _refuse_foreign(head)
    return "text"


def _refuse_foreign(head: bytes) -> None:
    for magic, name in _FOREIGN:
        if head.startswith(magic):
            raise TableError("wrong_format", found=name)
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"")[:2048].lower()
    if start.startswith(b"<") and b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise TableError("xml_spreadsheet")
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head", b"<style")):
        raise TableError("html_table")
    if start.startswith(b"<?xml"):
        raise TableError("html_table" if b"<html" in start else "wrong_format", found="XML")
    if start.startswith((b'{"', b"[{", b"{\n", b"{\r")):
        raise TableError("wrong_format", found="JSON")


def check_archive(path: Path, limits: Limits) -> None:
    """Refuse a workbook made to explode. Reading each part through proves its declared size is honest."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive, path.stat().st_size, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise TableError("archive_damaged") from error


def _check_entries(archive: zipfile.ZipFile, packed: int, limits: Limits) -> None:
    entries = archive.infolist()
    if len(entries) > limits.workbook_entries:
        raise TableError("too_many_entries", count=len(entries), limit=limits.workbook_entries)
    if any(entry.flag_bits & 1 for entry in entries):
        raise TableError("password_protected")
    total = sum(entry.file_size for entry in entries)
    if total > limits.workbook_expanded_bytes or total > max(
        limits.expansion_from, packed * limits.expansion
    ):
        raise TableError("expands_too_much")
    names = {entry.filename for entry in entries}
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise TableError("wrong_format", found="Word" if "word/document.xml" in names else "ZIP")
    for entry in entries:
        _drain(archive, entry)


def _drain(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as part:
        while part.read(_CHUNK):
            pass
