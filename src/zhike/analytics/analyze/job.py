"""`analyze`: a file of orders in, a folder of understanding out. No database, no server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from os import PathLike
from pathlib import Path
from typing import Any

from zhike.analytics.analyze import customers, scoring
from zhike.analytics.analyze.counting import Counted
from zhike.analytics.analyze.errors import AnalyzeError
from zhike.analytics.analyze.forecasts import Forecasts, forecast
from zhike.analytics.analyze.model_settings import ModelSettings
from zhike.analytics.analyze.output import appearing_folder
from zhike.analytics.analyze.quality import quality_dict, why_nothing, write_rejected
from zhike.analytics.analyze.reading import OrdersFile, open_orders
from zhike.analytics.analyze.report import write_report
from zhike.analytics.analyze.scoring import Scored
from zhike.analytics.analyze.summary import Summary
from zhike.analytics.engine import Session
from zhike.analytics.lifecycle import STAGES
from zhike.analytics.orders import LineRules, day_number, from_units
from zhike.analytics.rfm import SEGMENTS
from zhike.analytics.settings import AnalysisSettings
from zhike.analytics.tabular import Order, TableError

#: Called with the part of the work that is done (0 to 1) and the code of the present step.
Progress = Callable[[float, str], None]
STEPS = ("open", "read", "score", "learn", "write", "done")


def analyze(
    path: str | PathLike[str],
    out: str | PathLike[str],
    as_of: date | None = None,
    lang: str = "zh",
    config: AnalysisSettings | None = None,
    *,
    models: ModelSettings | None = None,
    columns: Mapping[str, str | None] | None = None,
    date_order: Order | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Read orders, score the customers and write customers.parquet, customers.csv, summary.json, report.html.

    `columns` sets fields by hand (`{"amount": "Sales"}`). `as_of` is the day after the last order by default.
    Raises `TableError` when the file cannot be read and `AnalyzeError` when it is no usable list of orders.
    """
    tell = progress or (lambda done, step: None)
    settings, wanted = (config or AnalysisSettings()).check(), (models or ModelSettings()).check()
    lang = "zh" if lang.lower().startswith("zh") else "en"
    tell(0.0, "open")
    file = open_orders(
        path, overrides=columns, date_order=date_order, encoding=encoding, delimiter=delimiter, sheet=sheet
    )
    counted = _read(file, as_of, tell)
    with appearing_folder(Path(out)) as work:
        return _write(work, file, counted, settings, wanted, lang, tell)


def _read(file: OrdersFile, as_of: date | None, tell: Progress) -> Counted:
    counted = Counted.until(as_of, LineRules(file.cancel_numbers))
    expected = max(file.table.info.size / (15 if file.table.info.compressed else 80), 1)
    for line in file.lines(lambda rows: tell(0.05 + 0.5 * min(rows / expected, 1), "read")):
        counted.add(line)
    if not counted.rows_used:
        _refuse(file, counted, as_of)
    return counted


def _refuse(file: OrdersFile, counted: Counted, as_of: date | None) -> None:
    if not file.quality.rows:
        raise TableError("no_rows")
    if as_of is not None and counted.after_as_of and counted.last is None:
        raise AnalyzeError("before_first_order", as_of=as_of, first=_first_day(file))
    raise AnalyzeError("nothing_to_analyze", rows=file.quality.rows, detail=why_nothing(file, counted))


def _first_day(file: OrdersFile) -> date:
    return min(line.day for line in file.lines())


def _write(
    work: Path,
    file: OrdersFile,
    counted: Counted,
    settings: AnalysisSettings,
    models: ModelSettings,
    lang: str,
    tell: Progress,
) -> Summary:
    assert counted.last is not None
    as_of = counted.as_of or counted.last + timedelta(days=1)
    with Session(temp_dir=work) as session:
        tell(0.6, "score")
        scored = scoring.score(session, counted, day_number(as_of), settings)
        tell(0.65, "learn")
        ahead = forecast(session, counted, day_number(as_of), models)
    tell(0.9, "write")
    keys = counted.book.customer_keys()
    table = customers.customer_table(scored, ahead, keys, file.names, lang)
    customers.write_parquet(table, work / "customers.parquet")
    customers.write_csv(table, work / "customers.csv")
    if scored.returns_only.num_rows:
        customers.write_csv(customers.returns_only_table(scored, keys), work / "returns_only.csv")
    write_rejected(file.quality, work / "rejected_rows.csv", lang)
    summary = _summary(file, counted, scored, ahead, as_of, lang)
    (work / "summary.json").write_text(summary.to_json(), encoding="utf-8")
    write_report(work / "report.html", summary, scored, ahead, table, file, lang)
    tell(1.0, "done")
    return summary


def _summary(
    file: OrdersFile, counted: Counted, scored: Scored, ahead: Forecasts, as_of: date, lang: str
) -> Summary:
    assert counted.first is not None
    assert counted.last is not None
    bought, others = scoring.totals(scored.customers), scoring.totals(scored.returns_only)
    return Summary(
        as_of=as_of,
        first_order=counted.first,
        last_order=counted.last,
        rows=file.quality.rows,
        rows_used=counted.rows_used,
        orders=bought["frequency"],
        customers=scored.customers.num_rows,
        revenue=from_units(bought["revenue"]),
        returns=from_units(bought["returns"] + others["returns"]),
        net_revenue=from_units(bought["net_revenue"] + others["net_revenue"]),
        pareto=scoring.pareto_figures(scored),
        rfm=scoring.rfm_groups(scored),
        abc=scoring.groups(scored.customers, "abc_class", ["A", "B", "C"]),
        lifecycle=scoring.lifecycle_counts(scored),
        tiers=scoring.tier_groups(scored),
        returns_only={"customers": scored.returns_only.num_rows, "returns": from_units(others["returns"])},
        anonymous={"rows": counted.kinds["anonymous"], "revenue": from_units(counted.anonymous_units)},
        months={month: from_units(units) for month, units in counted.months().items()},
        guards=[{"code": g.code, "text": g.words.text(lang)} for g in scored.calibration.guards],
        quality=quality_dict(file, counted, lang),
        columns=file.mapping.columns,
        source=_source(file),
        models=_models(scored, ahead, lang),
        labels=_labels(scored, lang),
    )


def _source(file: OrdersFile) -> dict[str, Any]:
    info = file.table.info
    return {
        "file": info.name,
        "kind": info.kind,
        "encoding": info.encoding,
        "delimiter": info.delimiter,
        "sheet": info.sheet,
        "header_row": info.header_row,
        "preset": file.mapping.preset,
        "date_order": file.date_order or "",
    }


def _models(scored: Scored, ahead: Forecasts, lang: str) -> dict[str, Any]:
    """The model cards: under "segments" every setting and cut-point that decided a score."""
    calibration = scored.calibration
    segments = {
        "version": calibration.version,
        "params": calibration.to_dict(),
        "loglik": None,
        "validation": {},
        "guards": [{"code": g.code, "text": g.words.text(lang)} for g in calibration.guards],
    }
    return {"segments": segments, **{card.name: card.to_dict(lang) for card in ahead.cards}}


def _labels(scored: Scored, lang: str) -> dict[str, str]:
    tiers = {tier.code: tier.name for tier in scored.calibration.model.tiers}
    return {code: words.text(lang) for code, words in {**SEGMENTS, **STAGES, **tiers}.items()}
