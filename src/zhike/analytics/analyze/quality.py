"""What the file was like: rows left out with their reasons, and what deserves a look."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from zhike.analytics.analyze.counting import Counted
from zhike.analytics.analyze.customers import write_rows
from zhike.analytics.analyze.reading import OrdersFile, Quality
from zhike.analytics.orders import REASON_WORDS
from zhike.analytics.tabular import describe
from zhike.analytics.words import Words

REJECTED_HEADERS = {"zh": ("行号", "列", "原因"), "en": ("row", "column", "reason")}


def quality_dict(file: OrdersFile, counted: Counted, lang: str) -> dict[str, Any]:
    """Each row of the file is in exactly one of these counts."""
    quality = file.quality
    return {
        "purchase_rows": counted.kinds["purchase"],
        "return_rows": counted.kinds["return"],
        "anonymous_rows": counted.kinds["anonymous"],
        "ignored_rows": dict(counted.ignored),
        "rejected_rows": dict(quality.by_code),
        "rows_after_as_of": counted.after_as_of,
        "repeated_rows": quality.repeated_rows,
        "examples": [
            {"row": entry.row, "column": entry.header, "reason": entry.problem.text(lang)}
            for entries in quality.examples.values()
            for entry in entries
        ],
        "notes": [note.text(lang) for note in file.table.info.notes] + _warnings(file, counted, lang),
    }


def _warnings(file: OrdersFile, counted: Counted, lang: str) -> list[str]:
    """What makes the figures doubtful without making any single row wrong."""
    found = []
    currencies = sorted(file.quality.currencies)
    if len(currencies) > 1:
        shown = ", ".join(currencies[:10])
        found.append(
            Words(
                f"The file holds several currencies ({shown}); amounts were added as they stand.",
                f"文件中有多种货币（{shown}），金额按原数相加，未作换算。",
            )
        )
    if counted.last is not None and counted.last > date.today():
        found.append(
            Words(
                f"The last order is dated {counted.last}, which is still to come: check the dates.",
                f"最后一笔订单的日期是 {counted.last}，尚未到来，请检查日期。",
            )
        )
    return [words.text(lang) for words in found]


def write_rejected(quality: Quality, path: Path, lang: str) -> None:
    """rejected_rows.csv, when there are any: row, column and reason, to fix and run again."""
    if quality.rejected:
        rows = ((entry.row, entry.header, entry.problem.text(lang)) for entry in quality.rejected)
        write_rows(path, REJECTED_HEADERS[lang], rows)


def ignored_words(code: str, lang: str) -> str:
    zh, en = REASON_WORDS[code]
    return zh if lang.startswith("zh") else en


def why_nothing(file: OrdersFile, counted: Counted) -> Words:
    """The most frequent obstacle, with an example where a cell is to blame."""
    causes: list[tuple[int, Words]] = []
    for code, count in file.quality.by_code.items():
        entry = file.quality.examples[code][0]
        english, chinese = (describe(code, lang, entry.problem.values) for lang in ("en", "zh"))
        causes.append(
            (
                count,
                Words(
                    f"In {count} rows, the first of them row {entry.row}, column “{entry.header}”: {english}",
                    f"其中 {count} 行（首例：第 {entry.row} 行“{entry.header}”列）：{chinese}",
                ),
            )
        )
    for code, count in counted.ignored.items():
        zh, en = REASON_WORDS[code]
        causes.append((count, Words(f"{count} rows: {en}.", f"其中 {count} 行：{zh}。")))
    if count := counted.kinds["anonymous"]:
        causes.append((count, Words(f"{count} rows name no customer.", f"其中 {count} 行没有客户。")))
    return max(causes, key=lambda cause: cause[0])[1] if causes else Words("", "")
