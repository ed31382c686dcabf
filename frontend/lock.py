"""Take addresses out of package-lock.json: a lock names versions and hashes, never where they came from."""

import json
from pathlib import Path

LOCK = Path(__file__).parent / "package-lock.json"


def main() -> None:
    lock = json.loads(LOCK.read_text("utf-8"))
    for package in lock["packages"].values():
        for key in ("funding", "resolved"):
            package.pop(key, None)
    LOCK.write_text(json.dumps(lock, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
