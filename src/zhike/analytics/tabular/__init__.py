"""Reading of tables as business people have them: CSV, TSV, Excel and Parquet, plain or gzip.

    table = open_table("orders.csv.gz")
    for number, cells, problem in table.rows(): ...

Cells are text; `column_parser(kind)` turns a column into values, a bad cell becomes a `Problem` (a code with
values that `describe` puts into Chinese or English), never an exception and never a guess.
"""

from zhike.analytics.tabular.dates import DateOrder, Order, date_order, parse_date
from zhike.analytics.tabular.keys import parse_key
from zhike.analytics.tabular.limits import DEFAULT_LIMITS, Limits
from zhike.analytics.tabular.numbers import (
    NumberStyle,
    number_style,
    parse_amount,
    parse_integer,
    parse_quantity,
)
from zhike.analytics.tabular.parsing import PARSERS, Remembered, column_parser, is_problem, scan_columns
from zhike.analytics.tabular.people import (
    Phone,
    parse_boolean,
    parse_email,
    parse_gender,
    parse_phone,
    parse_phones,
)
from zhike.analytics.tabular.problems import Problem, TableError, describe
from zhike.analytics.tabular.table import Batch, Preview, Row, Table, TableInfo, open_table, preview
from zhike.analytics.tabular.text import clean, half_width
from zhike.analytics.tabular.wording import MESSAGES

__all__ = [
    "DEFAULT_LIMITS",
    "MESSAGES",
    "PARSERS",
    "Batch",
    "DateOrder",
    "Limits",
    "NumberStyle",
    "Order",
    "Phone",
    "Preview",
    "Problem",
    "Remembered",
    "Row",
    "Table",
    "TableError",
    "TableInfo",
    "clean",
    "column_parser",
    "date_order",
    "describe",
    "half_width",
    "is_problem",
    "number_style",
    "open_table",
    "parse_amount",
    "parse_boolean",
    "parse_date",
    "parse_email",
    "parse_gender",
    "parse_integer",
    "parse_key",
    "parse_phone",
    "parse_phones",
    "parse_quantity",
    "preview",
    "scan_columns",
]
