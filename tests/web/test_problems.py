"""What went wrong is said in the reader's language, with the way on, and never with the code behind it."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

EN = {"Accept-Language": "en"}
ZH = {"Accept-Language": "zh-CN"}


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.django_db
def test_a_page_that_does_not_exist_says_so_in_the_language_of_the_visitor(visitor: Client) -> None:
    answer = visitor.get("/nowhere", headers=EN)
    assert answer.status_code == 404
    assert "Not found" in text(answer)
    assert "未找到" in text(visitor.get("/nowhere", headers=ZH))


def test_a_missing_page_keeps_the_side_bar_for_people_who_are_signed_in(people: Any, client: Client) -> None:
    client.force_login(people.owner)
    assert "zk-side" in text(client.get("/nowhere"))


@pytest.mark.one_store
def test_a_broken_page_names_the_line_of_the_log_and_shows_no_code(
    gallery: None, people: Any, visitor: Client, caplog: Any
) -> None:
    visitor.force_login(people.owner)
    for headers, words in ((EN, "Something went wrong"), (ZH, "出错了")):
        caplog.clear()
        with caplog.at_level(logging.ERROR, "django.request"):
            answer = visitor.get("/gallery/broken", headers=headers)
        assert answer.status_code == 500
        reference = re.search(r"<code>(\w{8})</code>", text(answer))
        assert words in text(answer)
        assert reference
        assert [reference[1] in line.getMessage() for line in caplog.records] == [True]
        assert "on purpose" not in text(answer)
        assert "Traceback" not in text(answer)


@pytest.mark.one_store
def test_a_missing_database_is_said_as_such_and_to_come_back(
    gallery: None, visitor: Client, people: Any
) -> None:
    answer = visitor.get("/gallery/without-database", headers=EN)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "The database does not answer" in text(answer)
    assert "unable to open" not in text(answer)


@pytest.mark.one_store
def test_programs_are_answered_in_one_shape_whatever_goes_wrong(
    gallery: None, people: Any, visitor: Client
) -> None:
    broken = visitor.get("/api/v1/broken", headers=EN)
    missing = visitor.get("/api/v1/nowhere", headers=EN)
    wrong = visitor.delete("/api/v1/customers", headers=EN)
    for answer, status in ((broken, 500), (missing, 404), (wrong, 405)):
        assert answer.headers["Content-Type"] == "application/problem+json"
        said = json.loads(answer.content)
        assert (said["status"], answer.status_code) == (status, status)
        assert said["detail"]
        assert said["errors"] == []
    assert len(json.loads(broken.content)["reference"]) == 8
    assert "GET" in wrong.headers["Allow"]


@pytest.mark.one_store
def test_part_of_a_page_that_breaks_a_rule_or_breaks_is_told_as_a_toast(
    gallery: None, people: Any, visitor: Client
) -> None:
    visitor.force_login(people.owner)
    rule = visitor.get("/gallery/against-a-rule", headers={**EN, "HX-Request": "true"})
    assert (rule.status_code, rule.content, rule.headers["HX-Reswap"]) == (409, b"", "none")
    assert "Somebody changed this record" in json.loads(rule.headers["HX-Trigger"])["toast"]["text"]
    broken = visitor.get("/gallery/broken", headers={**EN, "HX-Request": "true"})
    assert re.search(r"Reference: \w{8}", json.loads(broken.headers["HX-Trigger"])["toast"]["text"])


@pytest.mark.django_db
@pytest.mark.one_store
def test_a_form_that_is_not_accepted_says_why(visitor: Client, settings: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    address = reverse("web:language")
    answer = strict.post(address, {"language": "en"}, headers=EN)
    assert answer.status_code == 403
    assert "The form has expired" in text(answer)
    assert "Allow cookies" in text(answer)
    foreign = strict.post(address, {"language": "en"}, headers={**EN, "Origin": "https://crm.example.com"})
    assert "ZHIKE_ORIGINS" in text(foreign)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    large = visitor.post(address, {"language": "x" * 20}, headers=EN)
    assert (large.status_code, "Too large" in text(large)) == (413, True)
    settings.ALLOWED_HOSTS = ["crm.example.com"]
    unknown = visitor.get("/", headers={**EN, "Host": "elsewhere.example.com"})
    assert (unknown.status_code, "ZHIKE_HOSTS" in text(unknown)) == (400, True)


@pytest.mark.django_db
@pytest.mark.one_store
def test_an_address_for_forms_is_no_blank_page_and_signing_in_again_leads_back_to_the_form(
    client: Client, people: Any
) -> None:
    sent = client.post(reverse("customers:quick"), headers={"Referer": "http://testserver/orders/?q=1"})
    assert sent.headers["Location"].endswith("?next=/orders/%3Fq%3D1")
    elsewhere = client.post(reverse("customers:quick"), headers={"Referer": "http://example.com/orders/"})
    assert elsewhere.headers["Location"].endswith("?next=/")
    client.force_login(people.owner)
    answer = client.get(reverse("web:language"), headers=EN)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "This address only takes forms" in text(answer)
