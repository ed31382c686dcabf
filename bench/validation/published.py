"""The published data sets: our figures beside those of the reference measurement."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from zhike.analytics.clv import CustomerValue, RFMTable, evaluate_clv

#: bias, MAE, decile MAE, Gini of revenue, top 20 %, AUC; [L] lifetimes 0.11.3, [R] reference formulas.
REFERENCE = {
    "cdnow": {
        "bg_nbd": (-0.121, 0.7855, 0.1085, 0.6381, 0.6629, 0.7725),
        "mbg_nbd": (-0.162, 0.7648, 0.1296, 0.6381, 0.6687, 0.7728),
        "pareto_nbd": (-0.115, 0.7545, 0.1360, 0.6595, 0.6719, 0.7787),
        "past rate": (0.557, 1.0237, 0.7251, 0.6647, 0.6700, 0.7598),
        "past spend": (None, None, None, 0.6802, 0.6626, 0.7576),
    },
    "online retail": {
        "bg_nbd": "ConvergenceError",
        "mbg_nbd": "ConvergenceError",
        "pareto_nbd": (-0.244, 0.9970, 0.3534, 0.6981, 0.6369, 0.7288),
        "past rate": (-0.300, 0.9667, 0.4348, 0.6460, 0.6356, 0.7195),
        "past spend": (None, None, None, 0.6429, 0.6390, 0.7219),
    },
}
METRICS = ("bias", "mae", "decile_mae", "gini", "top_fifth", "auc")


def section(data: Path) -> list[str]:
    lines = []
    for name, table, at in (
        ("cdnow", _cdnow(data), date(1997, 9, 30)),
        ("online retail", _online_retail(data), date(2011, 8, 31)),
    ):
        found = evaluate_clv(table, at)
        lines += [
            f"**{name}**, learned up to {at}, {found.customers:,} customers, {found.purchases:,} later "
            f"purchase days; revenue of the true best fifth {found.oracle_top_fifth:.4f}:",
            "",
            "| model | | bias | MAE | decile MAE | Gini revenue | top 20 % | AUC |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for model, scores in found.scores.items():
            lines.append(f"| {model} | ours | {' | '.join(_cell(m, scores[m]) for m in METRICS)} |")
            if (reference := REFERENCE[name].get(model)) is not None:
                lines.append(f"| | reference | {_reference(reference)} |")
        lines.append("")
    return [*lines, *_intervals(_online_retail(data)), ""]


def _intervals(table: RFMTable) -> list[str]:
    """The 90 % interval over a calm and over a festive hundred days of the same company."""
    lines = [
        "How often the 90 % interval of online retail held what a customer then spent:",
        "",
        "| learned up to | judged until | total bias | held | spent more | spent less |",
        "|---|---|---|---|---|---|",
    ]
    for at, until in ((date(2011, 5, 23), date(2011, 8, 31)), (date(2011, 8, 31), date(2011, 12, 9))):
        split = table.split(at, until)
        found = CustomerValue(discount=0.0, horizon=until).fit(split.calibration).predict(split.calibration)
        clv, low, high = (found[name].to_numpy() for name in ("clv", "clv_low", "clv_high"))
        real = np.asarray(split.spend)
        more, less = np.mean(real > high + 0.01), np.mean(real < low - 0.01)
        bias = clv.sum() / real.sum() - 1
        lines.append(
            f"| {at} | {until} | {bias:+.1%} | **{1 - more - less:.1%}** | {more:.1%} | {less:.1%} |"
        )
    return lines


def _reference(figures: tuple[float | None, ...] | str) -> str:
    if isinstance(figures, str):
        return " | ".join([figures, "", "", "", "", ""])
    return " | ".join(_cell(name, value) for name, value in zip(METRICS, figures, strict=True))


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:+.1%}" if name == "bias" else f"{value:.4f}"


def _cdnow(data: Path) -> RFMTable:
    events = pyarrow.csv.read_csv(data / "cdnow_sample" / "cdnow_sample.csv.gz")
    return RFMTable.from_events(events, when="date", amount="amount", until=date(1998, 6, 30))


def _online_retail(data: Path) -> RFMTable:
    rows = pyarrow.csv.read_csv(data / "online_retail" / "online_retail.csv.gz")
    bought = pc.and_(pc.is_valid(rows["CustomerID"]), pc.greater(rows["Quantity"], 0))
    amount = pc.multiply(rows["Quantity"].cast(pa.float64()), rows["UnitPrice"])
    events = pa.table({"customer_id": rows["CustomerID"], "date": rows["InvoiceDate"], "amount": amount})
    return RFMTable.from_events(events.filter(bought), amount="amount")
