"""The meaning of column headings, in Chinese and English.

mapping = match_columns(table.headers, [row.cells for row in table.preview().rows], "orders")
mapping.columns     # {"order_number": "单据编号", "ordered_at": "单据日期", …}
"""

from zhike.analytics.columns.fields import ENTITIES, FIELDS, Field, field_named
from zhike.analytics.columns.matching import ENOUGH, Mapping, customer_column, match_columns, value_score
from zhike.analytics.columns.names import plain_name
from zhike.analytics.columns.presets import PRESETS, Preset, fitting_preset

__all__ = [
    "ENOUGH",
    "ENTITIES",
    "FIELDS",
    "PRESETS",
    "Field",
    "Mapping",
    "Preset",
    "customer_column",
    "field_named",
    "fitting_preset",
    "match_columns",
    "plain_name",
    "value_score",
]
