"""A process of its own that reads SQLite files in columns: a request a line, answers as Arrow streams.

The columnar driver brings a second copy of SQLite, and two copies in one process undo each other's locks:
closing a file lets go what the other copy holds on it. The next process to close the store then takes itself
for the last one and removes the write-ahead log, with what is still being committed to it
(https://sqlite.org/howtocorrupt.html, 2.2.1).
"""

from __future__ import annotations

import json
import sys
from typing import BinaryIO
from urllib.parse import quote

import adbc_driver_manager
import adbc_driver_sqlite
import pyarrow as pa

from zhike.platform.adbc import batches

BATCH_ROWS = 65_536


def main() -> None:
    for line in sys.stdin.buffer:
        path, text = json.loads(line)
        try:
            answer(sys.stdout.buffer, path, text)
        except BrokenPipeError:
            return


def answer(out: BinaryIO, path: str, text: str) -> None:
    """A line with what is wrong with the request, which is nothing as a rule, and then the rows."""
    uri = f"file:{quote(path)}?mode=ro"
    try:
        with batches(
            adbc_driver_sqlite, uri, text, **{"adbc.sqlite.query.batch_rows": str(BATCH_ROWS)}
        ) as reader:
            _say(out, "")
            with pa.ipc.new_stream(out, reader.schema) as sink:
                for batch in reader:
                    sink.write_batch(batch)
    except adbc_driver_manager.Error as error:
        _say(out, str(error))
    out.flush()


def _say(out: BinaryIO, problem: str) -> None:
    out.write(json.dumps(problem).encode() + b"\n")


if __name__ == "__main__":
    main()
