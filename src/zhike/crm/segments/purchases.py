"""What was bought, line by line: conditions about single products and about categories of any depth.

A definition holds products and categories by their keys. There may be a great many products, so that their
names are looked up for the definitions at hand and by typing, never listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
from django.db.models import Q

from zhike.analytics.engine import Session
from zhike.analytics.segments import Catalogue, Field, Source, by_name
from zhike.analytics.segments.catalogue import CHOICE, MONEY, NUMBER, TAGS
from zhike.analytics.segments.comparisons import TAG_MARK
from zhike.analytics.words import Words
from zhike.crm.catalog.models import Category, Product

SOURCE = RELATION = "items"
PRODUCT = "product"
#: More products than this at once are not asked for by their keys.
PART = 5_000
SUGGESTIONS = 30
Choices = tuple[tuple[str, Words], ...]


def source(categories: Sequence[Category]) -> Source:
    """Purchase lines with a product; returns, gifts and cancelled lines are not among them."""
    fields = [
        Field(PRODUCT, CHOICE, Words("product", "商品"), "product", privacy="orders.view", open=True),
        Field(
            "categories",
            TAGS,
            Words("category", "品类"),
            "categories",
            choices=_choices(categories),
            open=True,
        ),
        Field("quantity", NUMBER, Words("quantity", "数量"), "quantity", unit="pieces"),
        Field("amount", MONEY, Words("amount", "金额"), "amount"),
        Field("order", NUMBER, Words("orders", "订单"), "order_id", only_counted=True),
    ]
    return Source(SOURCE, Words("purchased products", "商品明细"), RELATION, by_name(fields))


def _choices(categories: Sequence[Category]) -> Choices:
    """Every category with its way from the top, in the order of these ways."""
    names = {one.pk: one.name for one in categories}
    above = {one.pk: one.parent_id for one in categories}
    ways = {pk: " / ".join(names[one] for one in reversed(way)) for pk, way in _ways(above).items()}
    return tuple((str(pk), Words(way, way)) for pk, way in sorted(ways.items(), key=lambda pair: pair[1]))


def _ways(above: Mapping[int, int | None]) -> dict[int, list[int]]:
    """Each category with those above it, itself first."""
    found = {}
    for pk in above:
        way: list[int] = []
        place: int | None = pk
        while place is not None and place not in way:
            way.append(place)
            place = above[place]
        found[pk] = way
    return found


def named(catalogue: Catalogue, *definitions: Any) -> Catalogue:
    """The catalogue with the names of the products that the definitions' JSON speaks of."""
    keys = {int(key) for one in definitions for key in _products_in(one) if key.isdecimal() and len(key) < 19}
    found = catalogue.sources.get(SOURCE)
    if not keys or found is None or PRODUCT not in found.fields:
        return catalogue
    choices = tuple((key, Words(name, name)) for key, name in _titles(Product.objects.filter(pk__in=keys)))
    field = replace(found.fields[PRODUCT], choices=choices)
    sources = {**catalogue.sources, SOURCE: replace(found, fields={**found.fields, PRODUCT: field})}
    return replace(catalogue, sources=sources)


def _products_in(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        if node.get("t") == "attr" and node.get("field") == PRODUCT:
            given = node.get("value")
            yield from (
                one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str)
            )
        for one in node.values():
            yield from _products_in(one)
    elif isinstance(node, list):
        for one in node:
            yield from _products_in(one)


def _titles(products: Any) -> list[tuple[str, str]]:
    return [(str(pk), f"{name} · {sku}") for pk, name, sku in products.values_list("pk", "name", "sku")]


def search(user: Any, text: str) -> list[tuple[str, str]]:
    """Products by a part of the name or the beginning of the number, as far as the person may see them."""
    visible, asked = Product.objects.visible_to(user), text.strip()[:80].replace("\x00", "")
    if asked:
        visible = visible.filter(Q(name__icontains=asked) | Q(sku__istartswith=asked))
    return _titles(visible.order_by("-is_active", "name", "pk")[:SUGGESTIONS])


def assemble(session: Session) -> None:
    """``items`` out of ``item_rows``: each line with its product's category and those above it."""
    run = session.connection.execute
    keys = [key for (key,) in run("SELECT DISTINCT product_id FROM item_rows").fetchall()]
    session.load("product_places", _places(keys))
    run(
        f"CREATE OR REPLACE TABLE {RELATION} AS SELECT r.customer_id, CAST(r.day AS INT) AS day, r.order_id, "
        "CAST(r.product_id AS VARCHAR) AS product, c.categories, r.quantity, r.amount "
        "FROM item_rows r JOIN people p ON p.customer_id = r.customer_id "
        "LEFT JOIN product_places c ON c.product_id = r.product_id ORDER BY r.customer_id, r.day"
    )


def _places(keys: Iterable[int]) -> pa.Table:
    """Each of the products with the marked-up list of its categories."""
    wanted = list(keys)
    found = Product.objects.filter(category__isnull=False)
    if len(wanted) <= PART:
        found = found.filter(pk__in=wanted)
    pairs: list[Any] = list(found.values_list("pk", "category_id")) if wanted else []
    ways = _ways(dict(Category.objects.values_list("pk", "parent_id"))) if pairs else {}
    texts = [f"{TAG_MARK}{TAG_MARK.join(map(str, ways[one]))}{TAG_MARK}" for _pk, one in pairs]
    schema = pa.schema([("product_id", pa.int64()), ("categories", pa.string())])
    return pa.table({"product_id": [pk for pk, _one in pairs], "categories": texts}, schema=schema)
