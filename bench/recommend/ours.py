"""One case with this product, in a process of its own: seconds, processor seconds, rows and peak."""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from zhike.analytics import Session
from zhike.analytics.basket import pair_counts
from zhike.analytics.cycles import expected_need, purchase_cycles
from zhike.analytics.recommend import discover, rebuy


def main() -> None:
    case, path, argument = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        session = Session(threads=1, memory_limit="2GB", temp_dir=folder, directories=[Path(path).parent])
        session.connection.execute("CREATE TABLE lines AS SELECT * FROM read_parquet($path)", {"path": path})
        if case == "cycles":
            session.connection.execute(
                "CREATE TABLE facts AS SELECT customer_id, day, 1 AS purchase FROM lines"
            )
        # Modules load and SQL is rendered once per process, not once per run.
        session.connection.execute("CREATE TABLE nothing AS SELECT * FROM lines WHERE FALSE")
        if case == "pairs":
            _run(session, case, "nothing", int(argument))
        wall, cpu = time.perf_counter(), time.process_time()
        rows = _run(session, case, "facts" if case == "cycles" else "lines", int(argument)).num_rows
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    print(json.dumps({"seconds": wall, "cpu": cpu, "rows": rows, "peak_mb": int(peak) / 1024}))


def _run(session: Session, case: str, source: str, argument: int) -> Any:
    if case == "pairs":
        return pair_counts(session, source, argument, cap=None)
    if case == "cycles":
        return purchase_cycles(session, source, argument)
    return {"rebuy": rebuy, "discover": discover, "need": expected_need}[case](session, source, argument)


main()
