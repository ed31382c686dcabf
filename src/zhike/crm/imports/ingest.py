"""First half of an import: from the file to the staging file. Nothing of the company's data is touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhike.analytics.orders import cancel_numbers_apply
from zhike.analytics.tabular import Batch, Problem, Remembered, Table
from zhike.crm.imports import places
from zhike.crm.imports.staging import RAW, StagedRow, StagingWriter
from zhike.platform import hooks

Progress = Callable[[int, str], None]


@dataclass(frozen=True)
class Column:
    """A mapped column: where it stands, what it becomes, how its cells are read."""

    index: int
    header: str
    target: str
    parser: Remembered[Any]
    custom: bool = False


@dataclass(frozen=True)
class Plan:
    """How a file is read: its mapped columns and what makes rows belong together."""

    entity: str
    columns: tuple[Column, ...]
    fill_down: bool = False

    @property
    def names(self) -> list[str]:
        return [column.target for column in self.columns if not column.custom]


def stage(table: Table, plan: Plan, path: Path, progress: Progress) -> None:
    """Parse every row into the staging file at ``path``; a crash leaves no file of that name."""
    grouping = _Orders(plan) if plan.entity == "orders" else _Singles()
    names = [*plan.names, *grouping.extra, "custom"]
    writer = StagingWriter(path, names)
    try:
        count = 0
        for batch in table.batches(10_000):
            writer.add(_rows(batch, plan, grouping))
            count += len(batch)
            hooks.step("stage")
            progress(count, "reading")
        writer.finish({"rows": count, "groups": grouping.count, **grouping.meta(), "headers": table.headers})
    except BaseException:
        writer.abandon()
        raise


def staged(batch: Batch, plan: Plan) -> list[StagedRow]:
    """A few rows parsed as :func:`stage` does, without a file."""
    grouping = _Orders(plan) if plan.entity == "orders" else _Singles()
    names = [*plan.names, *grouping.extra, "custom"]
    return [
        StagedRow(number, group, dict(zip(names, values, strict=False)), RAW.join(cells), problems or [])
        for number, group, cells, problems, *values in _rows(batch, plan, grouping)
    ]


def _rows(batch: Batch, plan: Plan, grouping: Any) -> Iterator[tuple]:
    columns = [column.parser.column(batch.column(column.index)) for column in plan.columns]
    bad = _problems(batch, plan, columns)
    places.settle(batch, plan, columns, bad)
    plain = [values for values, column in zip(columns, plan.columns, strict=True) if not column.custom]
    custom = _custom(plan, columns, len(batch))
    records = zip(*plain, strict=True) if plain else iter([()] * len(batch))
    for index, record in enumerate(records):
        group, extra, problem = grouping.of(record)
        if problem is not None:
            bad.setdefault(index, []).append(problem)
        cells, found = batch.rows[index], bad.get(index)
        if found:
            record = tuple(None if type(value) is Problem else value for value in record)
        yield (batch.numbers[index], group, cells, found, *record, *extra, custom[index])


def _problems(batch: Batch, plan: Plan, columns: list[list[Any]]) -> dict[int, list[tuple[str, Problem]]]:
    bad: dict[int, list[tuple[str, Problem]]] = {}
    if batch.problems:
        for index, number in enumerate(batch.numbers):
            if number in batch.problems:
                bad[index] = [("", batch.problems[number])]
    for column, values in zip(plan.columns, columns, strict=True):
        for index, value in enumerate(values):
            if type(value) is Problem:
                bad.setdefault(index, []).append((column.header, value))
    return bad


def _custom(plan: Plan, columns: list[list[Any]], count: int) -> Sequence[str | None]:
    mine = [
        (column.target, values) for column, values in zip(plan.columns, columns, strict=True) if column.custom
    ]
    if not mine:
        return [None] * count
    return [_custom_of(mine, index) for index in range(count)]


def _custom_of(mine: list[tuple[str, list[Any]]], index: int) -> str | None:
    values = {key: values[index] for key, values in mine if values[index] is not None}
    known = {key: value for key, value in values.items() if type(value) is not Problem}
    return json.dumps(known, ensure_ascii=False) if known else None


class _Singles:
    """Every row stands for itself."""

    extra: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.count = 0

    def of(self, _record: tuple) -> tuple[int, tuple, None]:
        self.count += 1
        return self.count, (), None

    def meta(self) -> dict[str, Any]:
        return {}


class _Orders:
    """Rows of one order belong together wherever they stand in the file.

    Without a column of order numbers, what a customer bought at the same moment is one order, and a row
    without customer is an order of its own; the number made up for it is the same at every reading.
    """

    def __init__(self, plan: Plan) -> None:
        names = plan.names
        self._number = names.index("order_number") if "order_number" in names else None
        self._moment = names.index("ordered_at")
        self._customer = [names.index(n) for n in ("customer_key", "customer_name") if n in names]
        self.extra = () if self._number is not None else ("order_number",)
        self._fill_down = plan.fill_down
        self._last: Any = None
        self._groups: dict[str, int] = {}
        self._nameless: dict[str, int] = {}
        self.count = 0

    def of(self, record: tuple) -> tuple[int, tuple, tuple[str, Problem] | None]:
        if self._number is None:
            number = self._made_up(record)
            return self._group(number), (number,), None
        number = record[self._number]
        if number is None and self._fill_down:
            number = self._last
        if number is None or type(number) is Problem:
            missing = ("", Problem("number_missing")) if number is None else None
            return self._group(f"\0{self.count}"), (), missing
        self._last = number
        return self._group(number), (), None

    def _made_up(self, record: tuple) -> str:
        customer = next((str(record[i]) for i in self._customer if record[i] is not None), "")
        moment = str(record[self._moment])
        if customer:
            return f"{customer[:80]}@{moment}"
        self._nameless[moment] = self._nameless.get(moment, 0) + 1
        return f"@{moment}#{self._nameless[moment]}"

    def _group(self, key: str) -> int:
        group = self._groups.get(key)
        if group is None:
            self.count += 1
            group = self._groups[key] = self.count
        return group

    def meta(self) -> dict[str, Any]:
        numbers = (key for key in self._groups if not key.startswith("\0"))
        return {"cancel_numbers": self._number is not None and cancel_numbers_apply(numbers)}
