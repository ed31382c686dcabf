"""Normal forms in which the same customer looks the same, however it was written."""

from zhike.analytics.duplicates.normalize import (
    CompanyName,
    company_key,
    company_name,
    email_key,
    person_key,
    phone_key,
    pinyin_key,
)

__all__ = ["CompanyName", "company_key", "company_name", "email_key", "person_key", "phone_key", "pinyin_key"]
