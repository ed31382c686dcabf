"""One SQL text, rendered for each engine, limited to functions that are proven equal on all of them.

sqlglot hands unknown functions through unchanged, so a typo or a function of one engine only would
surface as a wrong number on another engine. The tree is walked and anything not on the list is refused.
"""

from __future__ import annotations

from functools import lru_cache

from zhike.analytics.engine.spark_sql import for_spark

SOURCE_DIALECT = "databricks"
DIALECTS = ("duckdb", "spark")

# sqlglot's node names. A new one needs a golden test on every engine first.
ALLOWED_FUNCTIONS = frozenset(
    {
        "Count",
        "Sum",
        "Min",
        "Max",
        "BitwiseOrAgg",
        "BitwiseCount",
        "Case",
        "If",
        "Cast",
        "Coalesce",
        "Nullif",
        "Concat",
        "And",
        "Or",
        "Not",
        "Abs",
        "Floor",
        "Round",
        "Sqrt",
        "Greatest",
        "Least",
        "RowNumber",
        "Lag",
    }
)
FORBIDDEN_NODES = frozenset({"Anonymous", "AnonymousAggFunc", "Command", "UserDefinedFunction"})


class UnsupportedSqlError(ValueError):
    """The text uses something that is not proven equal on every engine."""


@lru_cache(maxsize=512)
def render(text: str, dialect: str = "duckdb") -> str:
    """The text in the dialect of an engine; rendering costs milliseconds, so it is kept.

    Raises UnsupportedSqlError for anything but a SELECT of the portable functions, and for another dialect.
    """
    import sqlglot

    if dialect not in DIALECTS:
        raise UnsupportedSqlError(f"unknown dialect {dialect!r}")
    tree = sqlglot.parse_one(text, read=SOURCE_DIALECT)
    _refuse_unknown(tree)
    return str((for_spark(tree) if dialect == "spark" else tree).sql(dialect=dialect))


def _refuse_unknown(tree: object) -> None:
    from sqlglot import exp

    if not isinstance(tree, exp.Select | exp.SetOperation):
        raise UnsupportedSqlError("only SELECT is rendered")
    for node in tree.walk():
        name = type(node).__name__
        if name in FORBIDDEN_NODES:
            raise UnsupportedSqlError(f"{node.sql()[:80]} is not on the list of portable SQL")
        if isinstance(node, exp.Func) and name not in ALLOWED_FUNCTIONS:
            raise UnsupportedSqlError(f"function {name} is not on the list of portable functions")
