"""`zhike analyze FILE --out DIR`."""

from __future__ import annotations

import json
import sys
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import click

from zhike.analytics.analyze.errors import AnalyzeError
from zhike.analytics.analyze.model_settings import PARTS, ModelSettings
from zhike.analytics.analyze.summary import Summary
from zhike.analytics.analyze.wording import number_text, percent_text
from zhike.analytics.settings import AnalysisSettings, SettingsError
from zhike.analytics.tabular import TableError
from zhike.analytics.words import Words

_STEPS = {
    "open": Words("Opening the file", "打开文件"),
    "read": Words("Reading orders", "读取订单"),
    "score": Words("Scoring customers", "客户评分"),
    "learn": Words("Learning from the past", "从历史中学习"),
    "write": Words("Writing results", "写出结果"),
    "done": Words("Done", "完成"),
}
_FIELD_OPTIONS = {
    "customer": ("customer_key", "Column that tells customers apart."),
    "date": ("ordered_at", "Column with the order date."),
    "amount": ("amount", "Column with the amount of a line."),
    "price": ("unit_price", "Column with the unit price."),
    "quantity": ("quantity", "Column with the quantity."),
    "order": ("order_number", "Column with the order or invoice number."),
    "category": ("category", "Column with the product category."),
    "cost": ("cost", "Column with the cost of a line."),
}


def _field_options(command: Any) -> Any:
    for name, (_field, text) in reversed(_FIELD_OPTIONS.items()):
        command = click.option(f"--{name}", f"column_{name}", metavar="COLUMN", help=text)(command)
    return command


@click.command("analyze")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the results.")
@click.option(
    "--as-of", metavar="DATE", help="Day of the analysis, YYYY-MM-DD. Default: the day after the last order."
)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of the report."
)
@click.option("--config", type=click.Path(path_type=Path), help="Settings of the analysis (JSON or TOML).")
@_field_options
@click.option(
    "--column", "more", multiple=True, metavar="FIELD=COLUMN", help="Any other field; may be repeated."
)
@click.option(
    "--date-order", type=click.Choice(["dmy", "mdy", "ymd"]), help="How dates such as 04/08/2015 are meant."
)
@click.option("--encoding", help="Text encoding, when it is not found out rightly.")
@click.option("--delimiter", help="Character between the columns.")
@click.option("--sheet", help="Sheet of the workbook. Default: the first visible one with data.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def analyze_command(file: Path, out: Path, lang: str, quiet: bool, **options: Any) -> None:
    """Analyze a FILE of orders (CSV, Excel or Parquet) and write the results to a folder."""
    try:
        summary = _run(file, out, lang, quiet, options)
    except (AnalyzeError, TableError) as error:
        raise _failure(error.text(lang), lang) from error
    if not quiet:
        click.echo(_closing(summary, out, lang))


def _run(file: Path, out: Path, lang: str, quiet: bool, options: dict[str, Any]) -> Summary:
    from zhike.analytics.analyze.job import analyze  # loads the engine, not needed for --help

    settings, models = _settings(options["config"], lang)
    return analyze(
        file,
        out,
        _day(options["as_of"], lang),
        lang,
        settings,
        models=models,
        columns=_columns(options),
        date_order=options["date_order"],
        encoding=options["encoding"],
        delimiter=options["delimiter"],
        sheet=options["sheet"],
        progress=None if quiet else _Progress(lang),
    )


class _Progress:
    """One line per step, rewritten in place on a terminal."""

    def __init__(self, lang: str) -> None:
        self._lang, self._live, self._step = lang, sys.stderr.isatty(), ""

    def __call__(self, done: float, step: str) -> None:
        text = f"{done:>4.0%} {_STEPS[step].text(self._lang)}"
        if self._live:
            click.echo(f"\r\x1b[K{text}", nl=step == "done", err=True)
        elif step != self._step:
            click.echo(text, err=True)
        self._step = step


def _columns(options: dict[str, Any]) -> dict[str, str]:
    named = {field: options[f"column_{name}"] for name, (field, _text) in _FIELD_OPTIONS.items()}
    more = dict(_pair(part) for part in options["more"])
    return {field: column for field, column in (named | more).items() if column}


def _pair(text: str) -> tuple[str, str]:
    field, _, column = text.partition("=")
    if not field or not column:
        raise AnalyzeError("column_option", value=text)
    return field, column


def _day(text: str | None, lang: str) -> date | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        words = Words(
            f"--as-of {text} is no date. Write it like 2026-11-21.",
            f"--as-of {text} 不是日期，请写成 2026-11-21 的样子。",
        )
        raise _failure(words.text(lang), lang) from error


def _settings(path: Path | None, lang: str) -> tuple[AnalysisSettings | None, ModelSettings | None]:
    if path is None:
        return None, None
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
        models = ModelSettings.from_dict({part: data.pop(part) for part in PARTS if part in data}).check()
        return AnalysisSettings.from_dict(data).check(), models
    except SettingsError as error:
        found = "; ".join(f"{p.field}: {p.words.text(lang)}" for p in error.problems)
        raise AnalyzeError("config_wrong", detail=found) from error
    except OSError as error:
        raise AnalyzeError("config_unreadable", name=path.name, reason=error.strerror) from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise AnalyzeError("config_unreadable", name=path.name, reason=error) from error


def _failure(text: str, lang: str) -> click.ClickException:
    return _Failure(("错误：" if lang == "zh" else "Error: ") + text)


class _Failure(click.ClickException):
    """Shown as it is; click would put an English word before it."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)


def _closing(summary: Summary, out: Path, lang: str) -> str:
    share = percent_text(summary.pareto["revenue"]["top_20_share"], 2)
    words = Words(
        "{customers} customers, {orders} orders, revenue {revenue}, returns {returns}. "
        "The best 20% of the customers bring {share} of the revenue.\nReport: {report}",
        "客户 {customers} 位，订单 {orders} 笔，消费额 {revenue}，退货 {returns}。"
        "前 20% 的客户贡献 {share} 的消费额。\n报告：{report}",
    )
    return words.text(lang).format(
        customers=number_text(summary.customers),
        orders=number_text(summary.orders),
        revenue=number_text(summary.revenue, 2),
        returns=number_text(summary.returns, 2),
        share=share,
        report=out / "report.html",
    )
