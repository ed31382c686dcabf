"""Finding the header: below title rows, in one row or two, with duplicates and blanks made usable."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from zhike.analytics.tabular.dates import parse_date
from zhike.analytics.tabular.delimited import Record
from zhike.analytics.tabular.numbers import parse_amount
from zhike.analytics.tabular.problems import Problem
from zhike.analytics.tabular.text import clean

#: More rows than this above the header are no title but a ragged file.
_TITLE_ROWS = 9
_NUMBERISH = re.compile(r"[\d.,:/年月日\-+()¥￥$€£%\s]+\Z")


@dataclass(frozen=True, slots=True)
class Header:
    names: list[str]
    #: Row number of the (last) header row; 0 when the file has none.
    row: int
    notes: tuple[Problem, ...]


def find_header(records: Sequence[Record]) -> Header:
    """Judge from the first records of a file."""
    grid = [[clean(cell) for cell in cells] for _, cells in records]
    start = _first_full_row(grid)
    if _is_data(grid, start):
        return _numbered(max(len(row) for row in grid))
    cells, last, joined = _joined(grid, start)
    notes = [Problem("two_row_header")] if joined else []
    if start > 0 and not joined:
        notes.append(Problem("rows_above_header", {"row": records[last][0]}))
    names, renamed = unique_names(_without_tail(cells, grid[last + 1 :]))
    return Header(names, records[last][0], (*notes, *renamed))


def _first_full_row(grid: list[list[str]]) -> int:
    """Title rows hold one or two cells; the header is the first row about as full as the fullest."""
    filled = [sum(1 for cell in row if cell) for row in grid]
    enough = max(filled) * 0.6
    found = next((index for index, count in enumerate(filled) if count >= enough), 0)
    return found if found <= _TITLE_ROWS else 0


def _is_value(cell: str) -> bool:
    """A number or a date, as data has them and headers do not."""
    if not cell or (not cell[0].isascii() and not _NUMBERISH.match(cell)):
        return False
    return not isinstance(parse_amount(cell), Problem | None) or not isinstance(
        parse_date(cell, "dmy"), Problem | None
    )


def _is_data(grid: list[list[str]], start: int) -> bool:
    """No header: wherever the rows below hold values, the first row holds one too."""
    first, below = grid[start], grid[start + 1 : start + 15]
    if not below:
        return sum(map(_is_value, first)) * 2 > len(first)
    columns = [index for index in range(len(first)) if _mostly_values(below, index)]
    return bool(columns) and all(_is_value(first[index]) for index in columns)


def _mostly_values(rows: list[list[str]], index: int) -> bool:
    cells = [row[index] for row in rows if index < len(row) and row[index]]
    return bool(cells) and sum(map(_is_value, cells)) * 3 >= len(cells) * 2


def _numbered(width: int) -> Header:
    return Header([f"#{number}" for number in range(1, width + 1)], 0, (Problem("header_synthesized"),))


def _joined(grid: list[list[str]], start: int) -> tuple[list[str], int, bool]:
    """The header's cells, the index of its last row, and whether two rows were joined (merged headers)."""
    top = grid[start]
    if start + 1 < len(grid) and _continues(top, grid[start + 1], grid[start + 2 :]):
        return _pairwise(_spread(top, grid[start + 1]), grid[start + 1]), start + 1, True
    if start > 0 and _groups_above(grid[start - 1], top):
        return _pairwise(_spread(grid[start - 1], top), top), start, True
    return top, start, False


def _continues(top: list[str], sub: list[str], below: list[list[str]]) -> bool:
    """A merged header: the row under it is words only and fills gaps of the first, and values follow."""
    gaps = [i for i, cell in enumerate(top) if not cell and i < len(sub) and sub[i]]
    words_only = not any(_is_value(cell) for cell in sub)
    values_follow = any(_is_value(cell) for row in below[:5] for cell in row)
    return bool(gaps) and words_only and values_follow and len(gaps) >= 1 and not all(sub)


def _groups_above(above: list[str], top: list[str]) -> bool:
    """A group row above a full sub-header is needed when the sub-header alone repeats itself."""
    names = [cell for cell in top if cell]
    grouped = sum(1 for cell in above if cell) >= 2 and not any(map(_is_value, above))
    return grouped and (
        len(set(names)) < len(names) or any(not c and i < len(above) and above[i] for i, c in enumerate(top))
    )


def _spread(top: list[str], sub: list[str]) -> list[str]:
    """A merged cell's words stand in its first column only: carry them over the columns it covers."""
    spread, last = [], ""
    for index in range(max(len(top), len(sub))):
        cell = top[index] if index < len(top) else ""
        below = sub[index] if index < len(sub) else ""
        last = cell or (last if below else "")
        spread.append(last)
    return spread


def _pairwise(top: list[str], sub: list[str]) -> list[str]:
    sub = sub + [""] * (len(top) - len(sub))
    return [f"{a} {b}" if a and b and a != b else a or b for a, b in zip(top, sub, strict=True)]


def _without_tail(cells: list[str], below: list[list[str]]) -> list[str]:
    """Spreadsheets often carry empty columns at the right end; they are no columns of the table."""
    width = len(cells)
    while (
        width > 1 and not cells[width - 1] and not any(len(row) >= width and row[width - 1] for row in below)
    ):
        width -= 1
    return cells[:width]


def unique_names(cells: list[str]) -> tuple[list[str], list[Problem]]:
    """Blank names become #n, repeated ones get a number."""
    names: list[str] = []
    notes: list[Problem] = []
    seen: Counter[str] = Counter()
    for position, cell in enumerate(cells, start=1):
        name = cell or f"#{position}"
        seen[name] += 1
        while seen[name] > 1 or name in names:
            renamed = f"{cell or name} ({seen[cell or name]})"
            if renamed not in names and renamed not in cells:
                notes.append(Problem("duplicate_header", {"header": cell, "renamed": renamed}))
                name = renamed
                break
            seen[cell or name] += 1
        names.append(name)
    return names, notes
