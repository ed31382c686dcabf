"""From a frame with columns of many names to the columns that are compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import pyarrow as pa

from zhike.analytics.duplicates.normalize import company_key, email_key, person_key, phone_key, pinyin_key
from zhike.data import regions

#: Our column, and the names it goes by in frames.
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "customer_id", "record_id"),
    "name": ("name", "full_name", "customer_name", "company"),
    "given": ("given", "given_name", "first_name"),
    "family": ("family", "surname", "family_name", "last_name"),
    "phones": ("phones", "phone", "phone_key"),
    "emails": ("emails", "email", "email_key"),
    "identity": ("identity", "soc_sec_id", "credit_code", "national_id"),
    "birthday": ("birthday", "date_of_birth", "birth_date"),
    "address": ("address", "address_1", "street"),
    "detail": ("detail", "address_2"),
    "street_number": ("street_number", "house_number"),
    "postcode": ("postcode", "zip", "postal_code"),
    "district": ("district", "suburb"),
    "city": ("city",),
    "province": ("province", "state"),
}
_FORMS = re.compile(r"股份有限公司|有限责任公司|有限公司|集团|公司|总店|分店|总部")
_NOISE = re.compile(r"[\s\W_]+")
_CITY = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,7}?(?:省|自治区|特别行政区))?(?:[\u4e00-\u9fff]{2,9}?(?:市|自治州|地区|盟))?"
)


def prepared(frame: Any, kind: str) -> tuple[pa.Table, list[Any]]:
    """(the columns that are compared, with ``row``; the frame's ids in the order of its rows)."""
    table = as_table(frame)
    found = _columns(table)
    count = table.num_rows
    ids = found.pop("id", None)
    columns: dict[str, pa.Array] = {"row": pa.array(range(count), pa.int32())}
    for name, values in found.items():
        if name in ("phones", "emails"):
            columns[name] = _reach(values, phone_key if name == "phones" else email_key)
        else:
            columns[name] = _texts(values, _READERS.get(name, _plain))
    if "name" in found:
        columns |= _names(found["name"], kind)
    return pa.table(columns), ids if ids is not None else list(range(count))


def as_table(frame: Any) -> pa.Table:
    """An Arrow table of a data frame, a mapping of columns, or itself."""
    if isinstance(frame, pa.Table):
        return frame
    if isinstance(frame, Mapping):
        return pa.table(dict(frame))
    return pa.Table.from_pandas(frame, preserve_index=False)


def _columns(table: pa.Table) -> dict[str, list[Any]]:
    by_name = {name.strip().lower(): name for name in table.column_names}
    found = {}
    for ours, others in NAMES.items():
        known = next((by_name[name] for name in others if name in by_name), None)
        if known is not None:
            found[ours] = table[known].to_pylist()
    return found


def _texts(values: Iterable[Any], read: Callable[[str], str]) -> pa.Array:
    remembered = lru_cache(maxsize=100_000)(read)
    return pa.array([remembered(str(v)) or None if v is not None else None for v in values], pa.string())


def _plain(text: str) -> str:
    return " ".join(text.strip().lower().split())


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text.removesuffix(".0"))


def _street(text: str) -> str:
    """Without province and city, which are compared for themselves."""
    return _NOISE.sub(" ", _CITY.sub("", _plain(text))).strip()


_READERS: dict[str, Callable[[str], str]] = {
    "address": _street,
    "birthday": _digits,
    "identity": _plain,
    "given": person_key,
    "family": person_key,
}


def _reach(values: Iterable[Any], read: Callable[[str], str]) -> pa.Array:
    """Every value as a list of keys without blanks."""
    remembered = lru_cache(maxsize=100_000)(lambda text: text if _is_key(text) else read(text))
    lists = [[v] if isinstance(v, str) else list(v or ()) for v in values]
    keys = [list(dict.fromkeys(filter(None, (remembered(str(v)) for v in many if v)))) for many in lists]
    return pa.array(keys, pa.list_(pa.string()))


def _is_key(text: str) -> bool:
    """A number that was normalised before."""
    return text[:1] == "+" and text[1:].isdigit()


def _names(values: Iterable[Any], kind: str) -> dict[str, pa.Array]:
    key = company_key if kind == "company" else person_key
    texts = ["" if v is None else str(v) for v in values]
    names = [key(text) for text in texts]
    columns = {"name": names, "sound": [_sound(name) for name in names]}
    if kind == "company":
        bare = [bare_name(text) for text in texts]
        columns |= {
            "bare": bare,
            "head": [name[:3] if not name.isascii() else name[:6] for name in bare],
            "tail": [name[-5:] if not name.isascii() else name[-8:] for name in bare],
        }
    return {
        name: pa.array([text or None for text in column], pa.string()) for name, column in columns.items()
    }


def _sound(name: str) -> str:
    return name if name.isascii() else pinyin_key(name)


def bare_name(text: str) -> str:
    """A company's name without legal forms, wherever they stand, and without the place around it."""
    core = _FORMS.sub("", company_key(text)).replace("|", "")
    for place in _places():
        if len(core) > len(place) + 1:
            core = core.removesuffix(place)
        if core.startswith(place) and len(core) > len(place) + 1:
            core = core.removeprefix(place).removeprefix("市").removeprefix("省")
            break
    return _NOISE.sub("", core)


@lru_cache
def _places() -> tuple[str, ...]:
    found = {unit.short for unit in regions.provinces()} | {unit.short for unit in regions.cities()}
    return tuple(sorted(found, key=len, reverse=True))
