"""Pairs with mlxtend's FP-growth in its own environment, from the same file: processor seconds and rows."""

import json
import sys
import time

import pandas as pd
import pyarrow.parquet as pq
from mlxtend.frequent_patterns import fpgrowth
from mlxtend.preprocessing import TransactionEncoder


def main() -> None:
    path, least, length = sys.argv[1:]
    table = pq.read_table(path, columns=["order_id", "product_id"])
    wall, cpu = time.perf_counter(), time.process_time()
    baskets: dict = {}
    for order, product in zip(table["order_id"].to_pylist(), table["product_id"].to_pylist(), strict=True):
        baskets.setdefault(order, set()).add(product)
    encoder = TransactionEncoder()
    matrix = encoder.fit_transform(baskets.values())
    frame = pd.DataFrame(matrix, columns=encoder.columns_)
    # Half a basket less than wanted: no rounding of the quotient matters.
    found = fpgrowth(frame, min_support=(int(least) - 0.5) / len(frame), max_len=int(length) or None)
    pairs = int((found["itemsets"].map(len) == 2).sum())
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"seconds": wall, "cpu": cpu, "rows": pairs}))


main()
