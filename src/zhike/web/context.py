"""What every page of the shell needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from zhike.platform.models import Installation


def shell(request: HttpRequest) -> dict[str, Any]:
    """The installation, for the name of the company and the label of simulated data."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {"installation": Installation.current()}
