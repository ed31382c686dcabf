"""One pass over the facts: one row per customer with every feature of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from zhike.analytics.engine.contract import Engine
from zhike.analytics.engine.session import identifier
from zhike.analytics.features.catalogue import AGGREGATE, CATALOGUE, DERIVED, Feature

KEY_COLUMNS = ("customer_id", "profiled")


def build(
    session: Engine, *, facts: str, customers: str | None = None, as_of: int, into: str = "features"
) -> str:
    """Compute the feature table of every customer as of a day; returns the name of the table.

    ``customers`` (a relation with customer_id, profiled and any attributes, which are carried through)
    decides who has a row: also those without orders. Without it every customer of the facts has one.
    Orders after ``as_of`` are ignored.
    """
    columns = session.columns(customers) if customers else []
    attributes = tuple(c for c in columns if c not in {*KEY_COLUMNS, "as_of", *CATALOGUE})
    return session.create(into, feature_sql(facts, as_of, customers, attributes))


def feature_sql(facts: str, as_of: int, customers: str | None = None, attributes: Iterable[str] = ()) -> str:
    """The portable SELECT behind ``build``."""
    day = int(as_of)
    grouped = (
        f"SELECT customer_id, {_columns(AGGREGATE, day)} FROM {identifier(facts)} "
        f"WHERE day <= {day} GROUP BY customer_id"
    )
    if customers is None:
        rows, carried = grouped, ""
        who = "customer_id, TRUE AS profiled"
    else:
        carried = "".join(f", {identifier(name)}" for name in attributes)
        rows = _joined(grouped, identifier(customers), tuple(attributes))
        who = "customer_id, profiled"
    kept = ", ".join(_named(AGGREGATE))
    return (
        f"WITH sums AS ({rows}) SELECT {who}, CAST({day} AS INT) AS as_of{carried}, {kept}, "
        f"{_columns(DERIVED, day)} FROM sums"
    )


def _joined(grouped: str, customers: str, attributes: tuple[str, ...]) -> str:
    carried = "".join(f", c.{identifier(name)}" for name in attributes)
    values = ", ".join(_or_empty(feature) for feature in CATALOGUE.values() if feature.source == AGGREGATE)
    return (
        f"SELECT c.customer_id, c.profiled{carried}, {values} FROM {customers} AS c "
        f"LEFT JOIN ({grouped}) AS g ON g.customer_id = c.customer_id"
    )


def _or_empty(feature: Feature) -> str:
    if feature.empty == "NULL":
        return f"g.{feature.name} AS {feature.name}"
    return f"COALESCE(g.{feature.name}, {feature.empty}) AS {feature.name}"


def _columns(source: str, as_of: int) -> str:
    return ", ".join(
        f"CAST({f.sql.format(as_of=as_of)} AS {f.type}) AS {f.name}"
        for f in CATALOGUE.values()
        if f.source == source
    )


def _named(source: str) -> list[str]:
    return [f.name for f in CATALOGUE.values() if f.source == source]
