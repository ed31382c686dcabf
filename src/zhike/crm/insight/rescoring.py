"""The fast lane's work: some customers, from their rows in the operational store to their published tier."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from zhike.analytics import Calibration, Session
from zhike.analytics import rescore as evaluate_rows
from zhike.crm.insight import days, extract, overrides, places, publishing, versions
from zhike.crm.insight.models import Version
from zhike.crm.insight.publishing import Basis, Outcome
from zhike.platform import changes

CHUNK = 200
ATTEMPTS = 6
EARNED = {"tier": "earned_tier"}
EVALUATED = [name for name in publishing.SOURCE_COLUMNS if name != "earned_tier"]

_engine: Session | None = None
_lock = threading.Lock()


def rescore(customer_ids: Iterable[int], position: int | None = None) -> Outcome:
    """Evaluate these customers with the current version and publish what comes out.

    ``position`` is the place in the change log up to which their rows are certainly seen. A customer whose
    published row changes in between is evaluated again, from the new state.
    """
    total = Outcome()
    version = versions.current()
    if version is None:
        return total
    position = changes.safe_position() if position is None else position
    ids = sorted(set(customer_ids))
    for start in range(0, len(ids), CHUNK):
        total.add(_rescore_chunk(ids[start : start + CHUNK], version, position))
    return total


def warm_up() -> None:
    """Load the engine and render its texts, so that the first event is as quick as the others."""
    version = versions.current()
    if version is None:
        return
    customers = extract.rows(f"{extract.customers_sql()} ORDER BY c.id LIMIT 1", extract.CUSTOMERS)
    calibration = versions.calibration_of(version)
    day = days.number(days.analysis_day())
    states = extract.SCORES.empty_table().select(extract.STATE_NAMES)
    _evaluated(calibration, extract.ORDERS.empty_table(), customers, day, states)


def _rescore_chunk(ids: Sequence[int], version: Version, position: int) -> Outcome:
    total, waiting = Outcome(), list(ids)
    for _attempt in range(ATTEMPTS):
        outcome = _rescore_once(waiting, version, position)
        waiting, outcome.overtaken = outcome.overtaken, []
        total.add(outcome)
        if not waiting:
            return total
        # Somebody published them meanwhile, perhaps with a newer version.
        version, position = versions.current() or version, changes.safe_position()
    total.overtaken = waiting
    return total


def _rescore_once(ids: Sequence[int], version: Version, position: int) -> Outcome:
    day = days.number(days.analysis_day())
    calibration = versions.calibration_of(version)
    published = _rows(extract.scores_sql(), "s.customer_id", ids, extract.SCORES)
    customers = _rows(extract.customers_sql(), "c.id", ids, extract.CUSTOMERS)
    found = set(customers["customer_id"].to_pylist())
    _retire([customer for customer in ids if customer not in found], published, day)
    if not found:
        return Outcome()
    orders = _rows(extract.orders_sql(), "o.customer_id", found, extract.ORDERS)
    states = comparable_states(published, calibration)
    rows = _evaluated(calibration, orders, customers, day, states)
    seen = dict(zip(*(published[name].to_pylist() for name in ("customer_id", "revision")), strict=True))
    return publishing.publish(rows, Basis(version.pk, position), seen)


def _retire(gone: Sequence[int], published: pa.Table, day: int) -> None:
    known = set(published["customer_id"].to_pylist())
    if known & set(gone):
        publishing.retire(known & set(gone), day)


def _rows(text: str, column: str, ids: Iterable[int], schema: pa.Schema) -> pa.Table:
    return extract.rows(extract.of_customers(text, column, ids), schema)


def comparable_states(published: pa.Table, calibration: Calibration) -> pa.Table:
    """Tier states that this version may continue: those given by the same definition of tiers."""
    import pyarrow.compute as pc

    same = pa.array(comparable_versions(calibration), extract.INT)
    kept = published.filter(pc.is_in(published["version_id"], value_set=same))
    # The rules continue from what they gave, not from what a person decided.
    earned = [EARNED.get(name, name) for name in extract.STATE_NAMES]
    return kept.select(earned).rename_columns(list(extract.STATE_NAMES))


def comparable_versions(calibration: Calibration) -> list[int]:
    """Versions with the same definition of tiers: their ranks mean the same, so the grace period goes on."""
    found = Version.objects.only("pk", "created_at")
    return [v.pk for v in found if versions.calibration_of(v).settings.tiers == calibration.settings.tiers]


def _evaluated(
    calibration: Calibration, orders: pa.Table, customers: pa.Table, day: int, states: pa.Table
) -> list[dict[str, Any]]:
    global _engine
    place = customers.schema.get_field_index("profiled")
    customers = customers.set_column(place, "profiled", customers["profiled"].cast(pa.bool_()))
    with _lock:
        _engine = _engine or places.light_session()
        table = evaluate_rows(
            _engine, calibration, orders=orders, customers=customers, as_of=day, states=states
        )
    rows: list[dict[str, Any]] = table.select(EVALUATED).to_pylist()
    return overrides.decide(rows, calibration.model, day)
