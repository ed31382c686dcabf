"""What every page of the shell needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from zhike.platform.models import Installation
from zhike.platform.permissions import allowed
from zhike.web.navigation import address, sections_for

# Every language is offered in its own words, whatever the page speaks.
LANGUAGE_NAMES = {"zh-hans": "中文", "en": "English"}


def shell(request: HttpRequest) -> dict[str, Any]:
    """Languages for everybody; navigation and the installation for people who are signed in."""
    base = {"languages": [(code, LANGUAGE_NAMES[code]) for code, _ in settings.LANGUAGES]}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"shell": base}
    navigation = SimpleLazyObject(lambda: sections_for(user, request.path))
    addresses = {
        "home_url": address("web:home"),
        "search_url": address("customers:search"),
        "profile_url": address("accounts:profile"),
        "quick_url": address("customers:quick") if allowed(user, "customers.edit") else "",
        "sign_out_url": address("accounts:sign_out"),
    }
    installation = SimpleLazyObject(Installation.current)
    return {"installation": installation, "shell": {**base, **addresses, "navigation": navigation}}
