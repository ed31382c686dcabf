"""Phones, e-mail addresses, yes/no and gender."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zhike.analytics.tabular.problems import Problem
from zhike.analytics.tabular.text import clean, value_text

_MOBILE = re.compile(r"(?:\+?86|0086)?[- ]?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})\Z", re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d*)?\s*[eE]\s*\+?\d+\Z", re.ASCII)
_BETWEEN_PHONES = re.compile(
    r"\s*(?:[;,、|]|\s/\s|/(?=\s*\+?\d{7,})|或|和"
    r"|(?<=\d{7})\s+(?=(?:\+?86[- ]?)?(?:1[3-9]\d{9}|0\d{9,11})\b))\s*"
)
_LABEL = re.compile(r"^(?:电话|手机|手机号|联系电话|tel|phone|mobile|mob|cell|t|m)\s*[:.]?\s*", re.IGNORECASE)
_EXTENSION = re.compile(r"\s*(?:转|分机|ext\.?|extension|x|#)\s*[:.]?\s*(\d{1,6})\s*\Z", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"(0\d{2,3}[- ]?\d{7,8})-(\d{1,6})\Z", re.ASCII)
_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\Z|"
    r"[^\s@<>()]{1,64}@(?:[\w-]+\.)+[\w-]{2,63}\Z",
    re.IGNORECASE,
)
_BETWEEN_EMAILS = re.compile(r"[;,、\s|]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_YES = _words("y yes true t 1 是 有 对 √ ✓ ✔ ☑ 真 on")
_NO = _words("n no false f 0 否 无 没有 错 × ✗ x 假 不 不是 off")
_MALE = _words("男 男性 男士 先生 m male man mr mr.")
_FEMALE = _words("女 女性 女士 小姐 太太 f female woman ms mrs miss ms. mrs.")
_UNKNOWN = _words("未知 保密 不详 其他 unknown other u 0 未说明")


@dataclass(frozen=True, slots=True)
class Phone:
    """One telephone number: `e164` to compare and dial (+8613800138000), `extension` beside it."""

    e164: str
    extension: str = ""

    def __str__(self) -> str:
        return f"{self.e164};ext={self.extension}" if self.extension else self.e164


def parse_phone(text: str, region: str = "CN") -> Phone | Problem | None:
    """Exactly one number. Several numbers and lost digits are errors: nothing is padded or chosen."""
    found = parse_phones(text, region)
    if not isinstance(found, list):
        return found
    if len(found) > 1:
        return Problem("several_phones", {"value": [phone.e164 for phone in found]})
    return found[0]


def parse_phones(text: str, region: str = "CN") -> list[Phone] | Problem | None:
    """All numbers of a cell, in the order written."""
    value = value_text(text)
    if not value:
        return None
    if _SCIENTIFIC.match(value):
        return Problem("digits_lost", {"value": clean(text)})
    phones: list[Phone] = []
    for part in filter(None, _BETWEEN_PHONES.split(value)):
        phone = _one_phone(part, region)
        if phone is None:
            return Problem("phone_invalid", {"value": clean(text)})
        phones += [phone] if phone not in phones else []
    return phones or Problem("phone_invalid", {"value": clean(text)})


def _one_phone(text: str, region: str) -> Phone | None:
    bare = text.lstrip("'’")
    if region == "CN" and (match := _MOBILE.match(bare)):
        return Phone("+86" + "".join(match.groups()))
    return _general_phone(_LABEL.sub("", bare), region)


def _general_phone(text: str, region: str) -> Phone | None:
    import phonenumbers  # a large library: only for numbers that are no plain mobile

    extension = ""
    if match := _DASHED_EXTENSION.match(text):
        text, extension = match.groups()
    elif match := _EXTENSION.search(text):
        extension, text = match[1], text[: match.start()]
    try:
        number = phonenumbers.parse(re.sub(r"^00", "+", text), region)
    except phonenumbers.NumberParseException:
        return None
    # A Chinese number must exist in the plan: a mobile number short of a digit is "possible" as a landline.
    known = phonenumbers.is_valid_number if number.country_code == 86 else phonenumbers.is_possible_number
    if not known(number) or re.search(r"[^\d\s()+./-]", text):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164, extension or number.extension or "")


def parse_email(text: str) -> str | Problem | None:
    """One address, lower-cased (no mail service of today tells addresses apart by case)."""
    value = value_text(text).removeprefix("mailto:")
    if not value:
        return None
    parts = [part.strip("<>()'\"") for part in _BETWEEN_EMAILS.split(value) if "@" in part]
    if len(parts) > 1 and all(_EMAIL.match(part) for part in parts):
        return Problem("several_emails", {"value": parts})
    address = parts[0] if len(parts) == 1 and value.endswith(">") else value
    if not _EMAIL.match(address) or ".." in address or len(address) > 254:
        return Problem("email_invalid", {"value": clean(text)})
    return address.lower()


def parse_boolean(text: str) -> bool | Problem | None:
    """Yes or no in Chinese or English, as words, ticks or digits; None for an empty cell."""
    value = value_text(text).lower()
    if not value and clean(text) != "无":
        return None
    if value in _YES:
        return True
    return False if value in _NO or not value else Problem("not_boolean", {"value": clean(text)})


def parse_gender(text: str) -> str | Problem | None:
    """`male`, `female`, or None when the cell is blank or says that it is unknown."""
    value = value_text(text).lower()
    if not value or value in _UNKNOWN:
        return None
    if value in _MALE:
        return "male"
    return "female" if value in _FEMALE else Problem("not_gender", {"value": clean(text)})
