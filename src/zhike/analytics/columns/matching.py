"""Which column fills which field: by the meaning of the heading, checked against the cells below it."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from zhike.analytics.columns.fields import FIELDS, Field, field_named
from zhike.analytics.columns.names import plain_name, words
from zhike.analytics.columns.presets import Preset, fitting_preset
from zhike.analytics.tabular import PARSERS, Problem, TableError, clean

#: A match below this is not proposed.
ENOUGH = 0.5
#: The heading is one of the names themselves.
_SURE = 0.83
_TYPED = ("date", "amount", "quantity", "integer", "phone", "email", "boolean", "gender")
_SAYS_LITTLE = ("code", "number", "type", "date", "time", "item", "items", "order", "state", "label")
_PHONE_LIKE = re.compile(r"[\d\s()+./\-;,xX]{6,}\Z")
#: These problems still say that the cell is of the kind.
_STILL_OF_KIND = (
    "ambiguous_date",
    "ambiguous_amount",
    "digits_lost",
    "several_phones",
    "several_emails",
    "date_zero",
)


@dataclass(frozen=True, slots=True)
class Mapping:
    """field → header, with a score from 0 to 1 for each and what was left over."""

    entity: str
    columns: dict[str, str]
    scores: dict[str, float] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()
    preset: str = ""

    def header(self, name: str) -> str | None:
        return self.columns.get(name)

    def index(self, name: str, headers: Sequence[str]) -> int | None:
        header = self.columns.get(name)
        return list(headers).index(header) if header is not None and header in headers else None

    @property
    def missing(self) -> tuple[str, ...]:
        """Required fields without a column. Any column that tells customers apart will do as their key."""
        wanted = [f.name for f in FIELDS[self.entity] if f.required and f.name not in self.columns]
        if self.entity == "orders" and "customer_key" in wanted and customer_column(self.columns):
            wanted.remove("customer_key")
        return tuple(wanted)

    def with_overrides(self, overrides: MappingType[str, str | None], headers: Sequence[str]) -> Mapping:
        """The same mapping with some fields set by a person; None or '' leaves the field empty."""
        columns = dict(self.columns)
        for name, header in overrides.items():
            wanted = field_named(self.entity, name).name
            columns.pop(wanted, None)
            if header:
                chosen = _existing(header, headers)
                columns = {key: value for key, value in columns.items() if value != chosen} | {wanted: chosen}
        left = tuple(header for header in headers if header not in columns.values())
        scores = {name: self.scores.get(name, 1.0) if name not in overrides else 1.0 for name in columns}
        return replace(self, columns=columns, scores=scores, unmapped=left)


def customer_column(columns: MappingType[str, str]) -> str | None:
    """The field that identifies the customer of an order line, the most reliable one the file has."""
    names = ("customer_key", "customer_phone", "customer_email", "customer_name")
    return next((name for name in names if name in columns), None)


def match_columns(headers: Sequence[str], sample: Sequence[Sequence[str]], entity: str) -> Mapping:
    """Propose a mapping. `sample` is some rows of cells, as `Table.preview` gives them."""
    preset = fitting_preset(headers, entity)
    columns, scores = _by_preset(preset, headers) if preset else ({}, {})
    taken = set(columns.values())
    for score, _, place, name in sorted(
        _candidates(headers, sample, entity), key=lambda c: (-c[0], c[1], c[2])
    ):
        header = headers[place]
        if (
            score >= ENOUGH
            and name not in columns
            and header not in taken
            and not (preset and _crowds(name, columns))
        ):
            columns[name], scores[name] = header, round(score, 3)
            taken.add(header)
    _second_chance(headers, entity, columns, scores)
    unmapped = tuple(header for header in headers if header not in columns.values())
    return Mapping(entity, columns, scores, unmapped, preset.code if preset else "")


def _second_chance(
    headers: Sequence[str], entity: str, columns: dict[str, str], scores: dict[str, float]
) -> None:
    """A needed column whose cells are all wrong is proposed by its name, so that the cells can be blamed."""
    for target in FIELDS[entity]:
        needed = target.required or (
            entity == "orders" and target.name in ("amount", "unit_price", "quantity")
        )
        if needed and target.name not in columns:
            left = [header for header in headers if header not in columns.values()]
            named = [(name_score(header, target)[0], header) for header in left]
            best = max(named, default=(0.0, ""), key=lambda entry: entry[0])
            if best[0] >= _SURE:
                columns[target.name], scores[target.name] = best[1], round(best[0] * 0.4, 3)


def _crowds(name: str, columns: MappingType[str, str]) -> bool:
    """Beside a preset that gives the amount, a loosely matching second money column would only confuse."""
    return name in ("amount", "unit_price", "customer_key") and (
        "amount" in columns or "unit_price" in columns
    )


def _by_preset(preset: Preset, headers: Sequence[str]) -> tuple[dict[str, str], dict[str, float]]:
    columns = preset.apply(headers)
    return columns, dict.fromkeys(columns, 1.0)


def _existing(header: str, headers: Sequence[str]) -> str:
    if header in headers:
        return header
    same = [known for known in headers if plain_name(known) == plain_name(header)]
    if len(same) != 1:
        raise TableError("column_unknown", header=header, headers=list(headers))
    return same[0]


def _candidates(
    headers: Sequence[str], sample: Sequence[Sequence[str]], entity: str
) -> list[tuple[float, int, int, str]]:
    """(score, rank of the name, position, field) for every pair that has something in common."""
    found = []
    for place, header in enumerate(headers):
        cells = [row[place] for row in sample if place < len(row)]
        for target in FIELDS[entity]:
            score, rank = name_score(header, target)
            if score > 0:
                found.append((score * value_score(cells, target.kind), rank, place, target.name))
    return found + _by_values_alone(headers, sample, entity)


def name_score(header: str, target: Field) -> tuple[float, int]:
    """How well a heading says what the field means, and which of its names it matched."""
    name = plain_name(header)
    best = (0.0, 0)
    for rank, known in enumerate(target.names):
        plain = plain_name(known)
        if name == plain:
            return 1.0 - min(rank, 40) * 0.004, rank
        best = max(best, (_likeness(name, plain, header, known), -rank))
    return best[0], -best[1]


def _likeness(name: str, known: str, header: str, known_text: str) -> float:
    if not known.isascii():
        if len(known) >= 2 and name.endswith(known):
            return 0.78 if len(known) * 2 >= len(name) else 0.62
        return 0.6 if len(known) >= 2 and name.startswith(known) else 0.0
    wanted, given = set(words(known_text)), set(words(header))
    if len(wanted) > 1 and wanted < given:
        return 0.7
    # One word is no evidence, except as the last of two: "Store Phone" is a phone.
    last = words(header)[-1:] if len(given) == 2 else ()
    telling = len(wanted) == 1 and len(known) >= 4 and known not in _SAYS_LITTLE
    return 0.58 if telling and last == tuple(wanted) else 0.0


def value_score(cells: Sequence[str], kind: str) -> float:
    """1 when the cells look like `kind`, 0 when none does; text fits always, an empty column nearly."""
    if kind not in _TYPED:
        return 1.0
    filled = [cell for cell in cells if clean(cell)]
    if not filled:
        return 0.95
    share = sum(1 for cell in filled if of_kind(cell, kind)) / len(filled)
    return 0.0 if share == 0 else 0.4 + 0.6 * share


def of_kind(cell: str, kind: str) -> bool:
    if kind == "phone" and _PHONE_LIKE.match(clean(cell)):
        return True  # of another country or short of its area code: the parser will say so cell by cell
    value = PARSERS[kind](cell)
    return not isinstance(value, Problem) or value.code in _STILL_OF_KIND


def _by_values_alone(
    headers: Sequence[str], sample: Sequence[Sequence[str]], entity: str
) -> list[tuple[float, int, int, str]]:
    """A lone column of dates, phones or e-mail addresses under a meaningless heading is worth proposing."""
    wanted = {"orders": {"date": "ordered_at", "phone": "customer_phone", "email": "customer_email"}}
    kinds = wanted.get(entity, {"phone": "phone", "email": "email"})
    found = []
    for kind, name in kinds.items():
        places = [i for i in range(len(headers)) if _clearly([r[i] for r in sample if i < len(r)], kind)]
        if len(places) == 1:
            found.append((ENOUGH, 999, places[0], name))
    return found


def _clearly(cells: Sequence[str], kind: str) -> bool:
    filled = [clean(cell) for cell in cells if clean(cell)]
    if len(filled) < 3 or sum(of_kind(cell, kind) for cell in filled) < len(filled) * 0.9:
        return False
    if kind == "date":  # bare numbers could be Excel's day numbers, but just as well anything else
        return not any(cell.replace(".", "").isdigit() for cell in filled)
    return kind != "phone" or not any(isinstance(PARSERS[kind](cell), Problem) for cell in filled)
