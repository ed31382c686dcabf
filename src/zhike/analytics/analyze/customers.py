"""One row per customer, as customers.parquet and customers.csv hold it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zhike.analytics.analyze.forecasts import Forecasts
from zhike.analytics.analyze.scoring import Scored, reasons_of
from zhike.analytics.analyze.wording import number_text, raw_text
from zhike.analytics.calibration import Calibration
from zhike.analytics.features import CATALOGUE
from zhike.analytics.orders import day_of, from_units
from zhike.analytics.pareto import cumulative_share

MONEY = pa.decimal128(18, 4)
#: Text that a spreadsheet would run as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("first_order", pa.date32()),
        ("last_order", pa.date32()),
        ("recency_days", pa.int32()),
        ("frequency", pa.int64()),
        ("monetary", MONEY),
        ("r_score", pa.int16()),
        ("f_score", pa.int16()),
        ("m_score", pa.int16()),
        ("rfm_segment", pa.string()),
        ("abc_class", pa.string()),
        ("revenue_share_cum", pa.float64()),
        ("lifecycle", pa.string()),
        ("tier", pa.string()),
        ("tier_score", pa.float64()),
        ("tier_reason", pa.string()),
        ("p_active", pa.float64()),
        ("expected_orders", pa.float64()),
        ("clv", MONEY),
        ("clv_low", MONEY),
        ("clv_high", MONEY),
        ("churn_probability", pa.float64()),
        ("churn_reason", pa.string()),
        ("value_at_risk", MONEY),
        ("next_order_expected", pa.date32()),
        ("recommended_products", pa.string()),
        ("revenue", MONEY),
        ("returns", MONEY),
        ("net_revenue", MONEY),
        ("customer_name", pa.string()),
    ]
)
#: Between the dimensions of a reason.
BETWEEN = {"zh": "；", "en": ", "}
_COPIED = (
    "recency_days",
    "frequency",
    "r_score",
    "f_score",
    "m_score",
    "rfm_segment",
    "abc_class",
    "lifecycle",
)


def customer_table(
    scored: Scored, ahead: Forecasts, keys: dict[int, Any], names: dict[str, str], lang: str
) -> pa.Table:
    """The best customer first (by revenue, then by number)."""
    source = scored.customers
    ids = [str(keys[number]) for number in source["customer_id"].to_pylist()]
    columns: dict[str, Any] = {name: source[name] for name in _COPIED}
    columns |= {name: _days(source[name].to_pylist()) for name in ("first_order", "last_order")}
    columns |= {name: _money(source[name].to_pylist()) for name in ("revenue", "returns", "net_revenue")}
    columns["customer_id"] = ids
    columns["customer_name"] = [names.get(key, "") for key in ids]
    columns["monetary"] = _money(source[scored.calibration.settings.rfm.monetary].to_pylist())
    columns["revenue_share_cum"] = cumulative_share(source["revenue"].to_numpy())
    columns["tier"] = [_tier(scored.calibration, number) for number in source["tier"].to_pylist()]
    columns["tier_score"] = source["tier_score"]
    wording = ReasonWords(scored.calibration, lang)
    columns["tier_reason"] = [wording.text(reasons) for reasons in source["reasons"].to_pylist()]
    columns |= ahead.columns(source["customer_id"], lang)
    arrays = [_array(columns[field.name], field.type) for field in SCHEMA]
    return pa.table(arrays, schema=SCHEMA)


def returns_only_table(scored: Scored, keys: dict[int, Any]) -> pa.Table:
    source = scored.returns_only
    ids = [str(keys[number]) for number in source["customer_id"].to_pylist()]
    return pa.table({"customer_id": ids, "returns": pa.array(_money(source["returns"].to_pylist()), MONEY)})


class ReasonWords:
    """Puts the reasons of a tier into one line, in the order of the model's weights."""

    def __init__(self, calibration: Calibration, lang: str) -> None:
        self._lang = lang
        self._dimensions = {
            d.code: (d.name.text(lang), CATALOGUE[d.feature].unit) for d in calibration.model.dimensions
        }

    def text(self, reasons: str) -> str:
        zh = self._lang.startswith("zh")
        parts = []
        for reason in reasons_of(reasons):
            name, unit = self._dimensions[reason["d"]]
            if reason["score"] is not None and reason["raw"] is not None:
                raw = raw_text(reason["raw"], unit, self._lang)
                score = number_text(reason["score"])
                parts.append(f"{name} {raw}（{score} 分）" if zh else f"{name} {raw} ({score} points)")
        return BETWEEN[self._lang].join(parts)


def _tier(calibration: Calibration, number: int) -> str:
    tier = calibration.model.tier(number)
    return tier.code if tier else ""


def _days(numbers: Iterable[int | None]) -> list[Any]:
    return [None if number is None else day_of(number) for number in numbers]


def _money(units: Iterable[int | None]) -> list[Decimal | None]:
    return [None if number is None else from_units(number) for number in units]


def _array(values: Any, kind: pa.DataType) -> Any:
    if isinstance(values, pa.ChunkedArray):
        return values.cast(kind)
    return pa.array(values, kind)


def write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def write_csv(table: pa.Table, path: Path) -> None:
    """UTF-8 with BOM, so that Excel shows Chinese; text that looks like a formula is made harmless."""
    rows = zip(*(table[name].to_pylist() for name in table.column_names), strict=True)
    write_rows(path, table.column_names, rows)


def write_rows(path: Path, headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([safe_cell(header) for header in headers])
        writer.writerows([safe_cell(cell) for cell in row] for row in rows)


def safe_cell(value: Any) -> str:
    """Numbers stay numbers; text that a spreadsheet would take for a formula gets a leading apostrophe."""
    if value is None:
        return ""
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    text = str(value)
    return "'" + text if isinstance(value, str) and text.startswith(_FORMULA_STARTS) else text
