"""Contracts: active on the day, cancelled within the horizon."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.churn import contract_snapshots

END = 1_000
contracts = st.lists(
    st.tuples(st.integers(0, 900), st.one_of(st.none(), st.integers(0, END))), min_size=1, max_size=30
)


@given(contracts, st.lists(st.integers(0, 900), min_size=1, max_size=3, unique=True), st.integers(1, 100))
def test_labels_are_what_plain_python_finds(rows, at, horizon):
    table = pa.table({
        "customer_id": pa.array(range(len(rows)), pa.int64()),
        "start": pa.array([start for start, _end in rows], pa.int64()),
        "end": pa.array([end for _start, end in rows], pa.int64()),
        "plan": pa.array(["monthly"] * len(rows)),
    })  # fmt: skip
    found = contract_snapshots(table, at, horizon, until=END).to_pylist()
    expected = {
        (number, day): int(end is not None and end <= day + horizon)
        for day in at
        for number, (start, end) in enumerate(rows)
        if start <= day - 30 and (end is None or end > day)
    }
    assert {(row["customer_id"], row["snapshot"]): row["churned"] for row in found} == expected
    assert all(row["tenure_days"] == row["snapshot"] - row["start"] and "end" not in row for row in found)


def test_a_label_beyond_the_last_known_day_is_refused():
    with pytest.raises(ValueError, match="after the last day"):
        contract_snapshots({"customer_id": [1], "start": [0], "end": [None]}, [950], 90, until=END)


def test_a_data_frame_serves_too():
    import pandas as pd

    frame = pd.DataFrame({"customer_id": [1, 2], "start": [0, 0], "end": [120.0, np.nan]})
    assert contract_snapshots(frame, [100], 30, until=END)["churned"].to_pylist() == [1, 0]
