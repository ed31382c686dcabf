"""Writing a company to files, block by block, so that its size is bounded by the disk alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from zhike.analytics.simulate.company import TRUTH, Company, add_facts, stream
from zhike.analytics.simulate.settings import Settings

Form = Literal["parquet", "csv"]
Progress = Callable[[int, int], None]


def write(company: Company, folder: Path, *, form: Form = "parquet") -> dict[str, Any]:
    """One file per table, ``truth.parquet`` and ``truth.json`` beside them; returns the facts."""
    return _write([company], folder, form, None)


def write_stream(
    settings: Settings, folder: Path, *, form: Form = "parquet", progress: Progress | None = None
) -> dict[str, Any]:
    """Simulates and writes a company of any size; ``progress(done, total)`` counts customers."""
    return _write(stream(settings), folder, form, progress)


def _write(blocks: Iterable[Company], folder: Path, form: Form, progress: Progress | None) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    writers: dict[str, pq.ParquetWriter | pa_csv.CSVWriter] = {}
    facts: list[dict[str, Any]] = []
    done = 0
    try:
        for block in blocks:
            _append(block, folder, form, writers)
            facts.append(block.facts)
            done += block.truth.num_rows
            if progress:
                progress(done, block.settings.customers)
    finally:
        for writer in writers.values():
            writer.close()
    total = add_facts(facts)
    text = json.dumps(total, ensure_ascii=False, indent=2)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")
    return total


def _append(
    block: Company, folder: Path, form: Form, writers: dict[str, pq.ParquetWriter | pa_csv.CSVWriter]
) -> None:
    for name, table in {**block.tables, TRUTH: block.truth}.items():
        if name not in writers:
            writers[name] = _open(folder, name, table.schema, "parquet" if name == TRUTH else form)
        writers[name].write_table(table)


def _open(folder: Path, name: str, schema: pa.Schema, form: Form) -> pq.ParquetWriter | pa_csv.CSVWriter:
    path = folder / f"{name}.{form}"
    if form == "parquet":
        return pq.ParquetWriter(path, schema, compression="zstd")
    return pa_csv.CSVWriter(path, schema)
