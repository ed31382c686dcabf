"""What the models read: facts of the lake and order lines of the operational store, in one session.

Customers who are not to be profiled take no part, neither in training nor in scoring.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import pyarrow as pa

from zhike.analytics.engine import Session
from zhike.analytics.engine.contract import APPLIED_ROWS
from zhike.crm.insight import days, extract, lake, places
from zhike.crm.insight.extract import FLOAT, INT
from zhike.platform import changes

FACTS, LINES = "model_facts", "model_lines"
ATTEMPTS = 3
# Where a cluster stores what it computes on the way.
WORK = "tmp/predicting"
# Customers scored at once.
PART = 500_000
# Customers whose lines are enough to judge a model of products.
JUDGED = 20_000
_COLUMNS = (
    *("order_id", "customer_id", "day", "revenue", "returned", "cost", "category_mask"),
    *("purchase", "first_of_day", "gap_days"),
)

ORDER_LINES = pa.schema(
    [(name, INT) for name in ("customer_id", "order_id", "day", "product_id")]
    + [("quantity", FLOAT), ("revenue", INT)]
)


@dataclass
class Sources:
    """An open session with ``facts`` (and, once asked for, ``lines``) up to and with the day ``as_of``.

    ``position`` is the place in the change log up to which the rows were seen. ``engine`` computes what is
    asked of the whole base: the session itself, or a cluster with the same relations (the library asks for
    no more than the verbs that both have).
    """

    session: Session
    as_of: date
    position: int
    engine: Session
    facts: str = FACTS
    _lines: str = ""
    # What was computed already and may be asked for again.
    noted: dict[Any, Any] = field(default_factory=dict)

    @property
    def day(self) -> int:
        return days.number(self.as_of)

    @property
    def is_empty(self) -> bool:
        """Nobody has bought anything: there is nothing to learn and nobody to score."""
        found = self.session.connection.execute(
            f"SELECT customer_id FROM {self.facts} WHERE purchase = 1 LIMIT 1"
        )
        return not found.fetchall()

    def parts(self, relation: str = "") -> Iterator[str]:
        """The facts (or another relation of customers) in parts of so many customers, one relation after
        the other: memory stays bounded."""
        relation = relation or self.facts
        starts = self.session.connection.execute(
            "SELECT customer_id FROM (SELECT customer_id, ROW_NUMBER() OVER (ORDER BY customer_id) AS place "
            f"FROM (SELECT DISTINCT customer_id FROM {self.facts})) WHERE (place - 1) % {PART} = 0 ORDER BY 1"
        ).fetchall()
        if len(starts) < 2:
            yield relation
            return
        for place, (start,) in enumerate(starts):
            end = f"AND customer_id < {starts[place + 1][0]}" if place + 1 < len(starts) else ""
            text = f"SELECT * FROM {relation} WHERE customer_id >= {start} {end}"
            yield self.engine.view(f"{relation}_part", text)

    def sample(self, customers: int) -> str:
        """The facts of about so many customers, always the same ones; all where there are no more."""
        run = self.session.connection.execute
        ((found,),) = run(f"SELECT COUNT(DISTINCT customer_id) FROM {self.facts}").fetchall()
        if found <= customers:
            return self.facts
        run(
            f"CREATE OR REPLACE TEMPORARY VIEW facts_sample AS SELECT * FROM {self.facts} "
            f"WHERE hash(customer_id) % 1000000 < {int(1_000_000 * customers / found)}"
        )
        return "facts_sample"

    @property
    def lines(self) -> str:
        """Purchase lines of known customers with a product; loaded when first asked for."""
        if not self._lines:
            extract.load(self.session, LINES, lines_sql(self.as_of), ORDER_LINES)
            self.session.connection.execute(
                f"DELETE FROM {LINES} WHERE customer_id NOT IN (SELECT customer_id FROM model_customers)"
            )
            _bring(self.session, self.engine, LINES)
            self._lines = LINES
        return self._lines

    def sampled_lines(self, customers: int = JUDGED) -> str:
        """The lines of about so many customers, always the same ones; all where there are no more."""
        run = self.session.connection.execute
        ((found,),) = run(f"SELECT COUNT(DISTINCT customer_id) FROM {self.lines}").fetchall()
        if found <= customers:
            return self.lines
        run(
            f"CREATE TABLE IF NOT EXISTS lines_sample AS SELECT * FROM {self.lines} "
            f"WHERE hash(customer_id) % 1000000 < {int(1_000_000 * customers / found)}"
        )
        return "lines_sample"


@contextmanager
def opened(as_of: date | None = None, *, distributed: bool = False) -> Iterator[Sources]:
    """The lake as it stands (made first where there is none), bounded in memory and threads.

    ``distributed``: with the cluster as engine, where the installation has one.
    """
    day = as_of or days.analysis_day()
    with places.heavy_session() as session:
        if not places.lake().exists or not places.customers_file().exists():
            lake.sync(session)
        position = changes.watermark(lake.CONSUMER)
        _copy(session, days.number(day))
        with places.full_engine(session, WORK) if distributed else nullcontext(session) as full:
            engine = cast(Session, full)
            _bring(session, engine, FACTS)
            yield Sources(session, day, position, engine)


def _bring(session: Session, engine: Session, name: str) -> None:
    """Offer a table of the session in the engine, batch by batch."""
    if engine is not session:
        reader = session.connection.cursor().execute(f"SELECT * FROM {name}")
        engine.load(name, reader.to_arrow_reader(APPLIED_ROWS))


def _copy(session: Session, day: int) -> None:
    """Copied at once: a run beside this one may replace the files of the lake."""
    import duckdb

    for attempt in range(ATTEMPTS):
        try:
            lake.attach(session)
            session.connection.execute(
                "CREATE OR REPLACE TABLE model_customers AS SELECT customer_id FROM customers WHERE profiled"
            )
            session.connection.execute(
                f"CREATE OR REPLACE TABLE {FACTS} AS SELECT {', '.join(_COLUMNS)} FROM facts "
                f"WHERE day <= {day} AND customer_id IN (SELECT customer_id FROM model_customers)"
            )
            return
        except duckdb.IOException:
            if attempt + 1 == ATTEMPTS:
                raise


def lines_sql(as_of: date) -> str:
    """Purchase lines with a product, of orders that were not cancelled, up to and with a day."""
    day = extract.day_sql("o.business_date")
    return (
        f"SELECT o.customer_id AS customer_id, o.id AS order_id, {day} AS day, l.product_id AS product_id, "
        "CAST(l.quantity AS DOUBLE PRECISION) AS quantity, "
        f"{extract.units_sql('l.amount')} AS revenue FROM orders_orderline l "
        "JOIN orders_order o ON o.id = l.order_id "
        "WHERE o.customer_id IS NOT NULL AND o.status <> 'cancelled' AND l.kind = 'purchase' "
        f"AND l.product_id IS NOT NULL AND o.business_date <= '{as_of.isoformat()}'"
    )
