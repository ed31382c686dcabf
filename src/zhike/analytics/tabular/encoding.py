"""Which text encoding a file has: BOM, then strict UTF-8, then the NUL pattern of UTF-16, then GB18030."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from zhike.analytics.tabular.problems import TableError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 1 << 16


@dataclass(frozen=True, slots=True)
class Encoding:
    name: str
    #: A guess that a person should check in the preview.
    guessed: bool = False
    has_nul: bool = False


def detect_encoding(chunks: Callable[[], Iterable[bytes]]) -> Encoding:
    """Read the whole file once: a GB18030 word may come after megabytes of plain ASCII."""
    head = _head(chunks())
    for bom, name in _BOMS:
        if head.startswith(bom):
            return _checked(name, chunks())
    if wide := _utf16_by_nuls(head):
        return _checked(wide, chunks())
    scan = _Scan(chunks())
    if scan.binary:
        raise TableError("not_a_table")
    if scan.fits["utf-8"]:
        return Encoding("utf-8", has_nul=scan.nul)
    if scan.fits["gb18030"]:
        return Encoding("gb18030", has_nul=scan.nul)
    if scan.western:
        return Encoding("windows-1252", guessed=True, has_nul=scan.nul)
    raise TableError("unknown_encoding")


def named_encoding(name: str, chunks: Callable[[], Iterable[bytes]]) -> Encoding:
    """The encoding a person chose, proved against the whole file."""
    try:
        known = codecs.lookup(name).name
    except LookupError as error:
        raise TableError("no_such_encoding", encoding=name) from error
    head = _head(chunks())
    if known == "utf-8" and head.startswith(codecs.BOM_UTF8):
        known = "utf-8-sig"
    return _checked("gb18030" if known in ("gbk", "gb2312") else known, chunks())


def _head(parts: Iterable[bytes]) -> bytes:
    return next(iter(parts), b"")[:_SAMPLE]


def _checked(name: str, parts: Iterable[bytes]) -> Encoding:
    decoder = codecs.getincrementaldecoder(name)("strict")
    done, nul = 0, False
    try:
        for part in parts:
            nul = nul or "\0" in decoder.decode(part)
            done += len(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise TableError("wrong_encoding", encoding=name, offset=done + error.start) from error
    except UnicodeError as error:  # UTF-16 and UTF-32 without the mark that says their byte order
        raise TableError("wrong_encoding", encoding=name, offset=done) from error
    return Encoding(name, has_nul=nul)


def _utf16_by_nuls(head: bytes) -> str:
    """Without a BOM, UTF-16 shows as NULs in every other place: beside ASCII letters and line ends."""
    if len(head) < 4 or b"\0" not in head:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    few = max(1, len(head) // 200)
    if odd > even * 4 and odd >= few:
        return "utf-16-le"
    return "utf-16-be" if even > odd * 4 and even >= few else ""


class _Scan:
    """One pass over the bytes with both decoders; characters cut at a chunk border survive."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self.fits = {"utf-8": True, "gb18030": True}
        self.nul = False
        self._bytes = self._high = self._lone = self._nuls = self._control = 0
        decoders = {name: codecs.getincrementaldecoder(name)("strict") for name in self.fits}
        for part in parts:
            self._try(decoders, part, final=False)
            self._count(part)
        self._try(decoders, b"", final=True)

    def _try(self, decoders: dict[str, codecs.IncrementalDecoder], part: bytes, *, final: bool) -> None:
        for name, decoder in decoders.items():
            if self.fits[name] and not (
                name == "gb18030" and self.fits["utf-8"] and part.isascii() and not final
            ):
                try:
                    decoder.decode(part, final)
                except UnicodeDecodeError:
                    self.fits[name] = False

    def _count(self, part: bytes) -> None:
        self._bytes += len(part)
        nuls = part.count(0)
        self._nuls += nuls
        self.nul = self.nul or nuls > 0
        if self._bytes <= 8 * _SAMPLE:
            self._control += sum(part[:_SAMPLE].count(code) for code in range(1, 9))
        if not part.isascii():
            high = bytes(1 if byte > 127 else 0 for byte in part[:_SAMPLE])
            self._high += high.count(1)
            self._lone += high.count(1) - high.count(b"\x01\x01") * 2

    @property
    def binary(self) -> bool:
        return self._nuls * 4 > self._bytes or self._control * 100 > min(self._bytes, _SAMPLE)

    @property
    def western(self) -> bool:
        """A few single bytes above 127 between ASCII letters, as £ or é in an English export."""
        return self._high * 20 < self._bytes and self._lone * 2 >= self._high


def text_lines(lines: Iterable[str], *, has_nul: bool) -> Iterator[str]:
    return (line.replace("\0", "") for line in lines) if has_nul else iter(lines)
