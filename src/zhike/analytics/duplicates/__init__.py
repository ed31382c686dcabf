"""Normal forms in which the same customer looks the same however it was written, and finding those who do."""

from zhike.analytics.duplicates.linkage import Link, find_duplicates, find_links
from zhike.analytics.duplicates.normalize import (
    CompanyName,
    company_key,
    company_name,
    email_key,
    person_key,
    phone_key,
    pinyin_key,
)

__all__ = [
    "CompanyName",
    "Link",
    "company_key",
    "company_name",
    "email_key",
    "find_duplicates",
    "find_links",
    "person_key",
    "phone_key",
    "pinyin_key",
]
