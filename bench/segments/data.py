"""A company of any size with simulated columns, published like the segments' base, and its orders."""

from __future__ import annotations

from pathlib import Path

from zhike.analytics import Session, publish
from zhike.analytics.segments import Catalogue, Field, Occasion, standard_catalogue
from zhike.analytics.segments.sampling import offer_samples
from zhike.analytics.words import Words

AS_OF = 20_000
DAYS = 1_095
SALT = "campaign"
PROVINCES, CITIES, INDUSTRIES = 31, 300, 20
STAGES = ("first_purchase", "repeat", "high_value", "at_risk", "lost", "potential")
KINDS = ("important_value", "important_keep", "important_develop", "important_win_back",
         "general_value", "general_keep", "general_develop", "general_win_back")  # fmt: skip
TAGS = ("母婴", "wine", "vip", "tea")
#: Columns by how the number ``h{n}`` (a hash of the customer's number) becomes a value; NULL for a part.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("owner_id", "CAST({h} % 400 AS INT)"),
    # Customers are in the team of their owner.
    ("team_id", "CAST(owner_id % 40 AS INT)"),
    ("kind", "CASE WHEN {h} % 3 = 0 THEN 'company' ELSE 'person' END"),
    ("industry", f"CASE WHEN {{h}} % 5 > 0 THEN 'I' || ({{h}} // 5 % {INDUSTRIES}) END"),
    ("region", f"CASE WHEN {{h}} % 20 > 0 THEN CAST(11 + {{h}} // 20 % {PROVINCES} AS VARCHAR) END"),
    ("city", f"CASE WHEN {{h}} % 20 > 0 THEN 'City ' || ({{h}} // 20 % {CITIES}) END"),
    ("gender", "CASE {h} % 3 WHEN 0 THEN 'male' WHEN 1 THEN 'female' END"),
    ("lifecycle", f"list_extract({list(STAGES)}, CAST(1 + {{h}} % {len(STAGES)} AS INT))"),
    ("rfm_segment", f"list_extract({list(KINDS)}, CAST(1 + {{h}} % {len(KINDS)} AS INT))"),
    ("abc_class", "CASE WHEN {h} % 100 < 12 THEN 'A' WHEN {h} % 100 < 30 THEN 'B' ELSE 'C' END"),
    ("tier", "CAST({h} % 5 AS SMALLINT)"),
    ("r_score", "CAST(1 + {h} % 5 AS SMALLINT)"),
    ("f_score", "CAST(1 + {h} % 5 AS SMALLINT)"),
    ("recency_days", "CAST({h} % 700 AS INT)"),
    ("last_order", f"CAST({AS_OF} - {{h}} % 700 AS INT)"),
    ("frequency", "CAST(1 + pow({h} % 1000 / 1000.0, 6) * 60 AS INT)"),
    ("orders_90", "CAST(pow({h} % 1000 / 1000.0, 9) * 12 AS INT)"),
    ("net_revenue", "CAST(exp(5 + 5 * ({h} % 10000) / 10000.0) * 10000 AS BIGINT)"),
    (
        "revenue_365",
        "CASE WHEN {h} % 3 > 0 THEN CAST(exp(4 + 5 * ({h} // 3 % 1000) / 1000.0) * 10000 AS BIGINT) "
        "ELSE 0 END",
    ),
    ("average_order", "CAST(exp(3 + 4 * ({h} % 1000) / 1000.0) * 10000 AS BIGINT)"),
    ("return_rate", "CASE WHEN {h} % 7 > 0 THEN ({h} // 7 % 1000) / 1000.0 END"),
    ("churn_probability", "CASE WHEN {h} % 11 > 0 THEN ({h} // 11 % 100000) / 100000.0 END"),
    ("churn_day", f"CASE WHEN {{h}} % 11 > 0 THEN CAST({AS_OF} - {{h}} % 9 AS INT) END"),
    ("profiled", "{h} % 50 > 0"),
    ("next_birthday", f"CASE WHEN {{h}} % 4 > 0 THEN CAST({AS_OF} + {{h}} // 4 % 365 AS INT) END"),
    (
        "tags",
        "CASE WHEN {h} % 10 = 0 THEN chr(31) || "
        f"list_extract({list(TAGS)}, CAST(1 + {{h}} // 10 % {len(TAGS)} AS INT)) || chr(31) ELSE '' END",
    ),
)


def catalogue() -> Catalogue:
    """The standard one over ``people``, with a prediction, tags and a birthday."""
    more = (
        Field(
            "churn.probability",
            "share",
            Words("churn probability", "流失概率"),
            "churn_probability",
            dated="churn_day",
        ),
        Field("tags", "tags", Words("tags", "标签"), "tags"),
    )
    found = standard_catalogue(more)
    birthday = Occasion("birthday", Words("birthday", "生日"), "next_birthday")
    return Catalogue(found.fields, found.sources, {"birthday": birthday}, customers="people")


def make_base(folder: Path, customers: int, orders: int, memory: str = "6GB") -> Path:
    """Publish the base once; it is reused while the sizes stay the same."""
    home = folder / f"base-{customers}-{orders}-levels"
    if (home / "CURRENT").exists():
        return home
    home.mkdir(parents=True, exist_ok=True)
    with Session(threads=2, memory_limit=memory, temp_dir=folder, directories=[folder]) as session:
        run = session.connection.execute
        columns = ", ".join(
            f"{text.format(h=f'CAST(hash(i * 31 + {n}) >> 1 AS BIGINT)')} AS {name}"
            for n, (name, text) in enumerate(COLUMNS)
        )
        run(f"CREATE TABLE people AS SELECT i AS customer_id, {columns} FROM range(1, {customers} + 1) t(i)")
        run(_orders(customers, orders))
        run(
            "CREATE TABLE members AS SELECT 'vip' AS segment, customer_id FROM people "
            "WHERE tier = 4 AND r_score = 5"
        )
        run(
            f"CREATE TABLE buckets AS SELECT '{SALT}' AS salt, customer_id, "
            "CAST(hash(customer_id * 77) % 10000 AS INT) AS bucket FROM people"
        )
        names = ["people", "facts", "members", "buckets"]
        names += offer_samples(session, ("people", "facts"), customers)
        publish(home, session, {name: name for name in names}, version="1", as_of=AS_OF)
    return home


def _orders(customers: int, orders: int) -> str:
    """Most customers order a few times, some often; sorted by customer as in the lake."""
    h = "CAST(hash(i) >> 1 AS BIGINT)"
    return (
        f"CREATE TABLE facts AS SELECT CAST(1 + pow({h} % 1000003 / 1000003.0, 1.6) * ({customers} - 1) "
        f"AS BIGINT) AS customer_id, CAST({AS_OF} - hash(i * 7) % {DAYS} AS INT) AS day, "
        "CAST(exp(3 + 4 * (hash(i * 13) % 1000) / 1000.0) * 10000 AS BIGINT) AS revenue, "
        "CAST(CASE WHEN hash(i * 17) % 20 = 0 THEN hash(i * 19) % 100000 ELSE 0 END AS BIGINT) AS returned, "
        f"CAST(NULL AS BIGINT) AS cost FROM range({orders}) t(i) ORDER BY customer_id, day"
    )
