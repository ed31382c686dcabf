"""A caller with a token for each role."""

from __future__ import annotations

from typing import Any

import pytest

from zhike.crm.accounts.services import create_token


class Caller:
    """The API as one person's program sees it."""

    def __init__(self, client: Any, user: Any) -> None:
        self.client, self.user = client, user
        _token, self.text = create_token(actor=user, name="test")

    def __getattr__(self, method: str) -> Any:
        def call(path: str, body: Any = None, **headers: str) -> Any:
            send = getattr(self.client, method)
            headers = {
                "Authorization": f"Bearer {self.text}",
                **{k.replace("_", "-"): v for k, v in headers.items()},
            }
            if method == "get":
                return send(f"/api/v1{path}", headers=headers)
            return send(f"/api/v1{path}", body, content_type="application/json", headers=headers)

        return call


@pytest.fixture
def call(client, people):
    """``call.owner.get("/customers")``: one caller per person."""

    class Callers:
        def __getattr__(self, name: str) -> Caller:
            return Caller(client, getattr(people, name))

    return Callers()
