"""Where Spark means something else by the same words: rules that bring it to the embedded engine's meaning.

What needs no rule, because the texts are written so that both engines agree:

- sums of BIGINT stay BIGINT (always ``CAST(SUM(…) AS BIGINT)``); an overflow is an error on both sides;
- ``/`` divides as doubles on both; a divisor that may be 0 is guarded in the text;
- days are INT day numbers, never DATE; a double becomes an integer only after FLOOR or ROUND;
- NULL ordering and named places (``:name``) are translated by sqlglot; every window has a unique last key;
- no quantile, rank or list is computed in SQL: cut-points come from distinct values with their counts
  (``analytics.distribution``), which are exact integers on every engine;
- ``CONCAT`` sees no NULL (every part is COALESCEd); a double becomes text only as
  ``CAST(CAST(x AS DOUBLE) AS STRING)``, an integer as ``CAST(n AS STRING)``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

# Sixteen digits where they are enough to tell the double from its neighbors, else seventeen.
_DIGITS = (
    "CASE WHEN TRY_CAST(FORMAT_STRING('%.15e', x) AS DOUBLE) = x "
    "THEN FORMAT_STRING('%.15e', x) ELSE FORMAT_STRING('%.16e', x) END"
)
# The text of a double as the embedded engine writes it: shortest digits, plain from 0.0001 up to below 1E16.
# Java begins exponents at 1E-3 and 1E7, and before version 19 sometimes writes a digit too many.
_DOUBLE_TEXT = (
    "CASE WHEN x IS NULL THEN NULL "
    "WHEN x = 0 OR (ABS(x) >= 1E-3 AND ABS(x) < 1E7 AND LENGTH(CAST(x AS STRING)) < 16) "
    "THEN CAST(x AS STRING) "
    "WHEN ABS(x) >= 1E-4 AND ABS(x) < 1E16 "
    f"THEN REGEXP_REPLACE(CAST(CAST({_DIGITS} AS DECIMAL(38, 20)) AS STRING), '([.][0-9]+?)0+$', '$1') "
    f"ELSE REGEXP_REPLACE({_DIGITS}, '[.]?0*e', 'e') END"
)


def for_spark(tree: Any) -> Any:
    """The tree with the functions replaced that Spark computes otherwise."""
    return tree.transform(_rule)


def _rule(node: Any) -> Any:
    from sqlglot import exp

    if isinstance(node, exp.Round) and node.args.get("decimals") is not None:
        return _rounded(node)
    if isinstance(node, exp.Floor):
        # A double like its argument, not a BIGINT.
        return exp.cast(exp.Floor(this=_inner(node)), "DOUBLE")
    if isinstance(node, exp.Cast) and node.is_type("text") and _is_double(node.this):
        value = _inner(node)
        return _double_text().transform(lambda part: value.copy() if _is_place(part) else part)
    return node


def _inner(node: Any) -> Any:
    """The argument, translated too: what replaces a node is not walked again."""
    return for_spark(node.this.copy())


def _rounded(node: Any) -> Any:
    """Spark rounds the decimal digits that a double prints; the embedded engine the scaled double itself."""
    from sqlglot import exp

    scale = f"1E{int(node.args['decimals'].name)}"
    scaled = exp.Mul(this=exp.paren(_inner(node)), expression=exp.Literal.number(scale))
    return exp.Div(this=exp.Round(this=scaled), expression=exp.Literal.number(scale))


def _is_double(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Cast) and node.is_type("double")


def _is_place(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Column) and node.name == "x"


@lru_cache(maxsize=1)
def _double_text() -> Any:
    import sqlglot

    return sqlglot.parse_one(_DOUBLE_TEXT, read="spark")
