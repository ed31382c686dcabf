"""CSV, TSV and their relatives as physical records with their row numbers."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from zhike.analytics.tabular.encoding import Encoding, detect_encoding, named_encoding, text_lines
from zhike.analytics.tabular.limits import Limits
from zhike.analytics.tabular.problems import TableError
from zhike.analytics.tabular.source import chunks, open_bytes

#: In order of preference when two explain the file equally well.
DELIMITERS = (",", "\t", ";", "|", "，")
_SAMPLE_CHARACTERS = 1 << 17
_SAMPLE_RECORDS = 60

Record = tuple[int, list[str]]


class DelimitedSource:
    """A text file that can be read again and again, always in constant memory."""

    def __init__(self, path: Path, limits: Limits, encoding: str | None, delimiter: str | None) -> None:
        self._path, self._limits = path, limits
        self.encoding = self._find_encoding(encoding)
        sample = self._sample()
        self._skip = 1 if sample[:5].lower().startswith("sep=") else 0  # Excel's own first line
        self.delimiter = _checked_delimiter(delimiter) or _declared(sample) or detect_delimiter(sample)

    def _find_encoding(self, name: str | None) -> Encoding:
        def read() -> Iterator[bytes]:
            return chunks(self._path, self._limits)

        return named_encoding(name, read) if name else detect_encoding(read)

    def _text(self) -> io.TextIOWrapper:
        # newline="" keeps line ends inside quotes and still splits at \n, \r\n and a lone \r.
        return io.TextIOWrapper(open_bytes(self._path, self._limits), encoding=self.encoding.name, newline="")

    def _sample(self) -> str:
        with self._text() as text:
            return text.read(_SAMPLE_CHARACTERS).replace("\0", "")

    def records(self) -> Iterator[Record]:
        """Each record with its number as a spreadsheet shows it; blank records are left out but counted."""
        number = 0
        with self._text() as text:
            lines = text_lines(text, has_nul=self.encoding.has_nul)
            reader = csv.reader(lines, delimiter=self.delimiter, skipinitialspace=self.delimiter != "\t")
            try:
                for number, cells in enumerate(reader, start=1):
                    if number > self._skip and any(cells):
                        yield number, cells
            except csv.Error as error:
                raise TableError("cell_too_long", row=number + 1) from error


def _checked_delimiter(delimiter: str | None) -> str | None:
    if delimiter is None:
        return None
    delimiter = {"\\t": "\t", "tab": "\t"}.get(delimiter, delimiter)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise TableError("no_such_delimiter", delimiter=delimiter)
    return delimiter


def _declared(sample: str) -> str | None:
    return (
        sample[4] if sample[:4].lower() == "sep=" and len(sample) > 4 and sample[4] not in '"\r\n' else None
    )


def detect_delimiter(sample: str) -> str:
    """The sign that splits most records into the same number of cells, more than one."""
    scores = {sign: _consistency(sample, sign) for sign in DELIMITERS if sign in sample}
    best = max(scores, key=lambda sign: (scores[sign], -DELIMITERS.index(sign)), default=",")
    return best if scores.get(best, 0) > 0 else ","


def _consistency(sample: str, sign: str) -> float:
    widths = _widths(sample, sign)
    if not widths:
        return 0.0
    counts = Counter(width for width in widths if width > 1)
    if not counts:
        return 0.0
    width, hits = counts.most_common(1)[0]
    return hits / len(widths) + min(width, 20) / 100 if hits > 1 or len(widths) <= 2 else 0.1


def _widths(sample: str, sign: str) -> list[int]:
    lines = io.StringIO(sample, newline="")
    widths: list[int] = []
    try:
        for cells in csv.reader(lines, delimiter=sign, skipinitialspace=sign != "\t"):
            if any(cells):
                widths.append(len(cells))
            if len(widths) >= _SAMPLE_RECORDS:
                break
    except csv.Error:
        return []
    return widths
