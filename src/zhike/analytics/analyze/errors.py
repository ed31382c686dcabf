"""Why an analysis cannot be made, in words that name the field and the remedy."""
# ruff: noqa: E501 - a sentence on one line is found by searching for it

from __future__ import annotations

from typing import Any

MESSAGES: dict[str, tuple[str, str]] = {
    "column_needed": (
        "没有找到“{field}”这一列。请用 {option} 列名 指明；文件中的列有：{headers}。",
        "No column for “{field}” was found. Name it with {option} COLUMN; the file has: {headers}.",
    ),
    "amount_needed": (
        "没有找到金额。请用 --amount 指明金额列，或用 --price 和 --quantity 指明单价与数量；文件中的列有：{headers}。",
        "No amount was found. Name its column with --amount, or price and quantity with --price and --quantity; "
        "the file has: {headers}.",
    ),
    "date_order_needed": (
        "“{header}”列的日期（如 {example}）分不清日、月、年的先后：{candidates} 都说得通。请用 --date-order 指明。",
        "The dates in “{header}” (such as {example}) can be read as {candidates}. Say which with --date-order.",
    ),
    "nothing_to_analyze": (
        "共 {rows} 行，没有一行是已知客户的购买记录。{detail}",
        "None of the {rows} rows is a purchase by a known customer. {detail}",
    ),
    "before_first_order": (
        "截至日期 {as_of} 早于第一笔订单（{first}）。请用 --as-of 指定更晚的日期。",
        "The as-of date {as_of} lies before the first order ({first}). Give a later one with --as-of.",
    ),
    "out_not_folder": (
        "输出位置 {out} 不是文件夹。请用 --out 指定一个文件夹。",
        "The output {out} is not a folder. Name a folder with --out.",
    ),
    "cannot_write": (
        "无法写入 {out}：{reason}。原有结果未受影响。",
        "Cannot write to {out}: {reason}. Earlier results there are untouched.",
    ),
    "config_unreadable": (
        "设置文件 {name} 无法读取：{reason}。应为 JSON 或 TOML。",
        "The settings file {name} cannot be read: {reason}. It should be JSON or TOML.",
    ),
    "config_wrong": ("设置文件有误：{detail}", "The settings file has mistakes: {detail}"),
    "column_option": (
        "--column {value} 的写法不对，应为 字段=列名，例如 category=大类。",
        "--column {value} should be FIELD=COLUMN, for example category=Department.",
    ),
    "field_unknown": (
        "没有“{field}”这个字段。可用的字段有：{fields}。",
        "There is no field “{field}”. The fields are: {fields}.",
    ),
}


class AnalyzeError(Exception):
    """`code` and `values` are for programs, `text(lang)` for people."""

    def __init__(self, code: str, **values: Any) -> None:
        self.code, self.values = code, values
        super().__init__(self.text("en"))

    def text(self, lang: str = "zh") -> str:
        chinese, english = MESSAGES[self.code]
        zh = lang.lower().startswith("zh")
        shown = {name: _shown(value, zh) for name, value in self.values.items()}
        return (chinese if zh else english).format(**shown)


def _shown(value: Any, zh: bool) -> str:
    if isinstance(value, list | tuple):
        return ("、" if zh else ", ").join(str(item) for item in value)
    text = getattr(value, "text", None)
    return text("zh" if zh else "en") if callable(text) else str(value)
