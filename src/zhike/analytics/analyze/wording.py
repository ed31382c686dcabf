"""Numbers as people read them, and the words of the report in both languages."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from zhike.analytics.orders import UNITS


def number_text(value: float | Decimal, digits: int = 0) -> str:
    """Grouped by thousands, rounded half up: 8911407.904 → 8,911,407.90."""
    exact = (
        value if isinstance(value, Decimal) else Decimal(repr(value) if isinstance(value, float) else value)
    )
    rounded = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{rounded:,}" if rounded else f"{abs(rounded):,}"


def percent_text(share: float | None, digits: int = 1) -> str:
    return "—" if share is None else number_text(share * 100, digits) + "%"


def short_number(value: float | Decimal, lang: str) -> str:
    """For axes: 891 万 and 8.9M."""
    amount = float(value)
    steps = ((1e8, " 亿"), (1e4, " 万")) if lang.startswith("zh") else ((1e9, "B"), (1e6, "M"), (1e3, "k"))
    for size, name in steps:
        if abs(amount) >= size:
            scaled = amount / size
            return number_text(scaled, 0 if abs(scaled) >= 100 or scaled == int(scaled) else 1) + name
    return number_text(amount, 0 if amount == int(amount) else 1)


def raw_text(raw: float, unit: str, lang: str) -> str:
    """The value of a feature by its unit."""
    if unit == "money":
        return number_text(raw / UNITS, 2)
    if unit == "share":
        return number_text(raw * 100, 1) + "%"
    text = number_text(raw, 0 if raw == int(raw) else 1)
    return text + (" 天" if lang.startswith("zh") else " d") if unit == "days" else text
