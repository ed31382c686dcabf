"""Which pairs are looked at at all: records that agree on something, never every record with every other.

A block is the records that share a key. Of a key that very many share (a switchboard, 王伟 in Shanghai) not
all pairs are made; a pair of such a block is found by another rule or not at all.
"""

from __future__ import annotations

LARGEST_BLOCK = 60

#: Rules in the columns of the prepared table; a rule works when the frame has all of its columns.
RULES: dict[str, tuple[tuple[str, ...], ...]] = {
    "person": (
        ("phones",),
        ("emails",),
        ("identity",),
        ("name", "city"),
        ("name", "birthday"),
        ("sound", "birthday"),
        ("sound", "city"),
        ("name", "address"),
        ("given", "family"),
        ("given", "birthday"),
        ("family", "birthday"),
        ("given", "postcode"),
        ("family", "postcode"),
        ("given", "address"),
        ("family", "address"),
        ("birthday", "postcode"),
        ("birthday", "district"),
        ("street_number", "address"),
        ("street_number", "postcode", "province"),
        ("address", "postcode"),
        ("detail", "street_number"),
        ("detail", "postcode"),
        ("given", "street_number"),
        ("family", "street_number"),
        ("given", "district"),
        ("family", "district"),
        ("birthday", "street_number"),
        ("birthday", "address"),
        ("detail", "family"),
        ("detail", "given"),
        ("birthday",),
        ("name",),
    ),
    "company": (
        ("phones",),
        ("emails",),
        ("identity",),
        ("name",),
        ("bare",),
        ("sound",),
        ("head", "city"),
        ("head", "address"),
        ("tail", "city"),
        ("head", "postcode"),
        ("address",),
    ),
}
LISTS = ("phones", "emails")


def rules_for(kind: str, columns: set[str]) -> list[tuple[str, ...]]:
    """The rules whose columns exist."""
    return [rule for rule in RULES[kind] if set(rule) <= columns]


def candidates_sql(rules: list[tuple[str, ...]], largest: int = LARGEST_BLOCK) -> str:
    """Distinct pairs (l, r), l < r, of the records that share a block."""
    parts = [_block_sql(rule, largest) for rule in rules]
    return " UNION ".join(parts)


def _block_sql(rule: tuple[str, ...], largest: int) -> str:
    """Block members as lists: a block's pairs are made without joining the whole table with itself."""
    if rule[0] in LISTS:
        source = f"(SELECT row, unnest({rule[0]}) AS k0 FROM records)"
        keys = ["k0"]
    else:
        source = "records"
        keys = list(rule)
    present = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    blocks = (
        f"SELECT list(DISTINCT row) AS members FROM {source} WHERE {present} "
        f"GROUP BY {', '.join(keys)} HAVING count(DISTINCT row) BETWEEN 2 AND {int(largest)}"
    )
    return (
        f"SELECT a.l, b.r FROM (SELECT unnest(members) AS l, members FROM ({blocks})) a, "
        "unnest(a.members) AS b(r) WHERE a.l < b.r"
    )
