"""The REST API, version 1. Its description is at ``openapi.json``."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern
from ninja import NinjaAPI

from zhike.api import problems
from zhike.api.auth import TokenAuth
from zhike.api.routers import customers, imports, insight, orders, prediction, segments, work


class Api(NinjaAPI):
    """Describes its errors as what they are: problem JSON."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        found = super().get_openapi_schema(*args, **kwargs)
        for operations in found["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in answer.get("content", {}):
                        answer["content"]["application/problem+json"] = answer["content"].pop(
                            "application/json"
                        )
        return found


api = Api(
    title="Zhike",
    version="1",
    description="Customers, orders and what they are worth.",
    auth=TokenAuth(),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
problems.install(api)
for module in (customers, orders, insight, prediction, segments, imports, work):
    api.add_router("", module.router)


def _patterns() -> list[URLPattern]:
    found = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in found:
        # The description names no data; everything else needs a token.
        rule = "public" if pattern.name == "openapi-json" else "api"
        setattr(pattern.callback, "access_rule", (rule,))  # noqa: B010  (a function's own attribute)
    return found


app_name = "api"
urlpatterns = _patterns()
