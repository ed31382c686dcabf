"""``python -m bench`` lists the benchmarks, ``python -m bench NAME [options]`` runs one."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    names = sorted(path.parent.name for path in HERE.glob("*/run.py"))
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        raise SystemExit("python -m bench NAME [options]\n  " + "\n  ".join(names))
    name = sys.argv.pop(1)
    sys.path.insert(0, str(HERE / name))
    runpy.run_path(str(HERE / name / "run.py"), run_name="__main__")


main()
