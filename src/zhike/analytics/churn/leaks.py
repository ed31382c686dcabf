"""Fields that know the outcome: filled in after the customer left, or naming the customer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from zhike.analytics.churn.columns import Column, read_frame
from zhike.analytics.churn.metrics import Flags, auc
from zhike.analytics.words import Words

MAX_AUC = 0.9
TOO_GOOD = "too_good"
MIN_LEVEL = 30
MAX_LEVELS = 50
# A level may be pure by chance where nearly everybody leaves.
CHANCE = 1e-3
ID_SHARE = 0.95

LEAKS: dict[str, Words] = {
    "after_snapshot": Words("holds dates after the snapshot", "含有快照之后的日期"),
    TOO_GOOD: Words("alone tells nearly everything", "单个字段几乎完全决定结果"),
    "certain_level": Words("has a value with which everybody left", "某个取值下所有客户都已流失"),
    "id_like": Words("names the customer", "近似客户编号"),
    "many_levels": Words("has too many different texts", "文本取值过多"),
}


@dataclass(frozen=True)
class Leak:
    """``code`` of LEAKS, the column, and the figure that raised it."""

    code: str
    column: str
    value: float | str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def leak_scan(frame: Any, y: Any, *, snapshot: Any = None) -> list[Leak]:
    """Suspicious columns of ``frame`` (n rows) against ``y`` (n,), true for those who left.

    Dates are compared with ``snapshot`` (a date, or one per row). A column without any finding is no proof.
    """
    churned = np.asarray(y).astype(bool)
    dates, rest = _split_dates(frame)
    found = [leak for name, values in dates.items() for leak in _late(name, values, snapshot)]
    for name, values in (read_frame(rest) if rest else {}).items():
        found += _leaks(name, values, churned)
    return found


def _split_dates(frame: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    import pandas as pd

    if isinstance(frame, np.ndarray):
        return {}, {name: frame[:, place] for place, name in enumerate(_numbered(frame))}
    names = frame.keys() if isinstance(frame, dict) else getattr(frame, "column_names", None)
    columns = {str(name): frame[name] for name in (frame.columns if names is None else names)}
    columns = {n: c.to_pandas() if hasattr(c, "to_pandas") else c for n, c in columns.items()}
    dated = {n for n, c in columns.items() if _is_date(pd.Series(c))}
    return {n: columns[n] for n in columns if n in dated}, {
        n: c for n, c in columns.items() if n not in dated
    }


def _numbered(frame: Any) -> list[str]:
    return [f"f{place}" for place in range(frame.shape[1])]


def _is_date(column: Any) -> bool:
    import datetime

    if column.dtype.kind == "M":
        return True
    first = column.dropna().head(1).tolist()
    return bool(first) and isinstance(first[0], datetime.date)


def _late(name: str, values: Any, snapshot: Any) -> list[Leak]:
    import pandas as pd

    if snapshot is None:
        return []
    late = pd.to_datetime(pd.Series(list(values))) > pd.to_datetime(snapshot)
    return [Leak("after_snapshot", name, int(late.sum()))] if late.any() else []


def _leaks(name: str, values: Column, churned: Flags) -> list[Leak]:
    texts = values.dtype.kind != "f"
    codes = np.unique(
        values.astype(str) if texts else np.nan_to_num(values, nan=-1e300), return_inverse=True
    )[1]
    size, left = np.bincount(codes), np.bincount(codes, churned)
    found = []
    if _is_id(values, len(size), texts):
        return [Leak("id_like", name, len(size))]
    if texts and len(size) > MAX_LEVELS:
        found.append(Leak("many_levels", name, len(size)))
    score = (left / size)[codes] if texts and len(size) <= MAX_LEVELS else codes.astype(np.float64)
    strength = auc(churned, score)
    if max(strength, 1 - strength) > MAX_AUC:
        found.append(Leak(TOO_GOOD, name, round(max(strength, 1 - strength), 4)))
    if len(size) <= MAX_LEVELS and _certain(size, left, float(churned.mean())):
        found.append(Leak("certain_level", name, int(size[(left == size)].max())))
    return found


def _is_id(values: Column, distinct: int, texts: bool) -> bool:
    """Texts or whole numbers that hardly repeat; amounts and measurements may."""
    known = values[values != ""] if texts else values[~np.isnan(values)]
    if len(known) < MIN_LEVEL or distinct < ID_SHARE * len(known):
        return False
    return texts or (bool((known == np.floor(known)).all()) and _runs_through(known))


def _runs_through(known: Any) -> bool:
    """Numbers given out one after the other fill their range; whole amounts leave wide gaps."""
    return float(known.max() - known.min()) < 20 * len(known)


def _certain(size: Any, left: Any, rate: float) -> bool:
    sure = (left == size) & (size >= MIN_LEVEL)
    return bool(sure.any()) and rate < 1 and rate ** int(size[sure].max()) < CHANCE
