"""Signed-in clients and an installation of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.ZHIKE_HOME = tmp_path
    return tmp_path


@pytest.fixture
def as_user(people) -> Callable[..., Client]:
    def sign_in(name: str, language: str = "en") -> Client:
        client = Client(headers={"Accept-Language": language})
        client.force_login(getattr(people, name), backend="django.contrib.auth.backends.ModelBackend")
        client.cookies["zhike_language"] = language
        return client

    return sign_in
