"""Reading of the small tab-separated tables that lie beside this module."""

from __future__ import annotations

from importlib.resources import files


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table as dictionaries; lines that start with ``#`` cite the source."""
    text = (files("zhike.data") / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]
