"""What went wrong, said to a program: problem JSON (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.http import JsonResponse

CONTENT_TYPE = "application/problem+json"


def problem(
    status: int, code: str, detail: Any, errors: list[dict[str, str]] | None = None, **more: str
) -> JsonResponse:
    body = {"status": status, "code": code, "detail": str(detail), "errors": errors or [], **more}
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)
