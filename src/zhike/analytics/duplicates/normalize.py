"""Keys for comparing: company names, person names, phones, e-mail addresses.

A key is for finding, never for showing: two records with one key are probably one customer, and the stored
name stays as it was entered.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from zhike.analytics.tabular import Phone, Problem, clean, half_width, parse_email, parse_phones

# Longest first: 股份有限公司 must go as a whole.
_ZH_FORMS = (
    "股份有限责任公司",
    "有限责任公司",
    "股份有限公司",
    "集团有限公司",
    "集团股份公司",
    "股份公司",
    "有限公司",
    "责任公司",
    "普通合伙企业",
    "有限合伙企业",
    "合伙企业",
    "个人独资企业",
    "个体工商户",
    "总公司",
    "集团公司",
    "集团",
    "公司",
)
_EN_FORMS = re.compile(
    r"\b(?:co(?:mpany)?|corp(?:oration)?|inc(?:orporated)?|ltd|limited|llc|llp|lp|plc|gmbh|ag|kg|sa|sarl|srl|spa|bv|nv|"
    r"pty|pte|sdn|bhd|oy|ab|as|aps|kk|holdings?|group)\b"
)
_BRANCH = re.compile(r"(.{2,}?公司)(.{1,12}?(?:分公司|分店|办事处|营业部|分行|支行))\Z")
_BRACKETS = re.compile(r"[()\[\]【】〔〕{}<>《》「」]")
_PUNCTUATION = re.compile(r"[\s\-_./\\,，。、·•・‧:：;；'\"“”‘’!！?？&＆+*#@|~`^]+")
_TITLES_ZH = re.compile(r"(?:先生|女士|小姐|太太|老师|总经理|经理|总|医生|主任|同学)\Z")
_TITLES_EN = re.compile(r"\b(?:mr|mrs|ms|miss|dr|prof|sir|madam|jr|sr|ii|iii|phd|md)\b")


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A company name in parts: the core is what tells it from others."""

    core: str
    form: str = ""
    branch: str = ""


def company_name(text: str) -> CompanyName:
    """Legal form and branch split off; what stood in brackets stays, without them."""
    plain = _folded(text)
    branch = ""
    if match := _BRANCH.match(plain):
        plain, branch = match.groups()
    form = next((form for form in _ZH_FORMS if plain.endswith(form) and len(plain) > len(form) + 1), "")
    core = plain.removesuffix(form) if form else plain
    if core.isascii() or not form:
        core, form = _without_english_form(core, form)
    return CompanyName(_PUNCTUATION.sub("", core), form, _PUNCTUATION.sub("", branch))


def _without_english_form(core: str, form: str) -> tuple[str, str]:
    words = re.sub(r"\.", "", core)
    bare = _EN_FORMS.sub(" ", words).strip()
    if not _PUNCTUATION.sub("", bare):
        return core, form
    return bare.replace("&", " and "), form or " ".join(_EN_FORMS.findall(words))


def company_key(text: str) -> str:
    """Equal for 上海知客科技有限公司, 上海知客科技（有限公司） and 上海市知客科技股份有限公司.

    The place is kept, because 北京 and 上海 companies of one name are two; branches stay apart too.
    """
    name = company_name(text)
    core = re.sub(r"(?<=[\u4e00-\u9fff]{2})(?:省|市)(?=[\u4e00-\u9fff]{2})", "", name.core)
    return core + ("|" + name.branch if name.branch else "")


def person_key(text: str) -> str:
    """Chinese names without titles and spaces; Latin names as sorted words, so the order does not matter."""
    plain = _BRACKETS.sub(" ", _folded(text))
    if re.search(r"[\u3400-\u9fff]", plain):
        name = _PUNCTUATION.sub("", plain)
        return _TITLES_ZH.sub("", name) if len(name) > 2 else name
    words = _PUNCTUATION.sub(" ", _without_accents(_TITLES_EN.sub(" ", plain))).split()
    return " ".join(sorted(words))


def phone_key(text: str, region: str = "CN") -> str:
    """The first number of the cell without extension, '' when it holds none."""
    phones = parse_phones(text, region)
    return phones[0].e164 if isinstance(phones, list) and isinstance(phones[0], Phone) else ""


def email_key(text: str) -> str:
    """Lower case; what follows a plus sign is the owner's own label."""
    address = parse_email(text)
    if address is None or isinstance(address, Problem):
        return ""
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def pinyin_key(text: str) -> str:
    """How a Chinese name sounds, without tones: 张珊 and 章山 differ, 王伟 and 王维 do not."""
    from pypinyin import lazy_pinyin  # its dictionaries take a while to load

    return "".join(lazy_pinyin(_PUNCTUATION.sub("", _folded(text))))


def _folded(text: str) -> str:
    """Compatibility forms folded (㈱, ﬁ, full-width), lower case, brackets opened."""
    plain = unicodedata.normalize("NFKC", half_width(clean(text))).lower()
    return _BRACKETS.sub("", plain)


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
