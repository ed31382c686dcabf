"""Notes and files of a customer: clean, permitted, and nowhere a guess could reach them."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from factories import make_customer
from zhike.crm.interactions import attachments, notes
from zhike.crm.interactions.models import Attachment, Interaction, Note
from zhike.platform.errors import Conflict, DomainError, NotAllowed

PDF = b"%PDF-1.7\n..."


def office(part: str, *more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("[Content_Types].xml", part, *more):
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def customer(people):
    return make_customer(owner=people.sales_east)


@pytest.fixture
def signed_in(client, people):
    def sign_in(name):
        client.force_login(getattr(people, name))
        return client

    return sign_in


def test_a_note_is_cleaned_and_stands_in_the_timeline(signed_in, people, customer):
    client = signed_in("sales_east")
    address = reverse("interactions:create_note") + f"?customer={customer.pk}"
    client.post(address, {"body": "<p>来自<b>展会</b><script>alert(1)</script></p>", "pinned": "on"})
    note = Note.objects.get()
    assert note.body == "<p>来自<b>展会</b></p>"
    page = client.get(reverse("customers:timeline", args=[customer.pk])).content.decode()
    assert page.count("<p>来自<b>展会</b></p>") == 2, "pinned and in the timeline"


def test_a_stored_script_is_not_shown_either(signed_in, people, customer):
    Note.objects.create(customer=customer, author=people.sales_east, body="<p>a<img src=x onerror=b()></p>")
    page = signed_in("sales_east").get(reverse("customers:timeline", args=[customer.pk])).content.decode()
    assert "onerror" not in page
    assert "<p>a</p>" in page


def test_only_the_author_changes_a_note(people, customer):
    note = notes.add_note(actor=people.sales_east, customer=customer, body="一")
    with pytest.raises(NotAllowed):
        notes.change_note(actor=people.manager_east, note=note, body="二")
    with pytest.raises(DomainError):
        notes.delete_note(actor=people.sales_west, note=note)
    notes.delete_note(actor=people.owner, note=note)
    assert not Note.objects.visible_to(people.sales_east).exists()


def test_a_note_changed_meanwhile_keeps_both_texts(signed_in, people, customer):
    note = notes.add_note(actor=people.sales_east, customer=customer, body="一")
    seen = note.updated_at.isoformat()
    notes.change_note(actor=people.sales_east, note=note, body="二")
    with pytest.raises(Conflict):
        notes.change_note(actor=people.sales_east, note=note, body="三", seen=seen)
    client = signed_in("sales_east")
    response = client.post(reverse("interactions:edit_note", args=[note.pk]), {"body": "三", "seen": seen})
    assert response.status_code == 409
    assert "二" in response.content.decode()
    assert "三" in response.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("报价.pdf", PDF, "application/pdf"),
        ("报价.exe", PDF, "application/pdf"),
        ("a.docx", office("word/document.xml"), attachments.OFFICE["word/"]),
        ("a.xlsx", office("xl/workbook.xml"), attachments.OFFICE["xl/"]),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..", "application/vnd.ms-excel"),
        ("a.txt", "你好".encode("gb18030"), "text/plain"),
        ("a.jpg", b"\xff\xd8\xff\xe0..", "image/jpeg"),
    ],
)
def test_the_content_says_what_a_file_is(name, content, kind):
    assert attachments.kind_of(SimpleUploadedFile(name, content)) == kind


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"MZ\x90\x00"),
        ("a.png", b"<html><script>alert(1)</script>"),
        ("a.html", b"<html>"),
        ("a.svg", b"<svg onload='x'>"),
        ("a.txt", b"MZ\x00\x00"),
        ("a.docm", office("word/document.xml", "word/vbaProject.bin")),
        ("a.zip", office("anything.txt")[:30]),
        ("a.msi", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1.."),
    ],
    # An archive's bytes hold the time: as part of a name they would differ from process to process.
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_could_run_is_refused_whatever_its_name(people, customer, name, content, files):
    with pytest.raises(DomainError):
        attachments.add_attachment(
            actor=people.sales_east, customer=customer, upload=SimpleUploadedFile(name, content)
        )
    assert not list(files.rglob("*")) if files.exists() else True


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\报价 单.pdf", "报价 单.pdf"),
        ('a"\r\nX-Evil: 1.pdf', "aX-Evil 1.pdf"),
        ("...", "file"),
    ],
)
def test_a_name_leads_nowhere(given, kept):
    assert attachments.file_name(given) == kept


def test_a_file_is_handed_out_as_an_attachment_to_those_who_see_the_customer(
    signed_in, people, customer, files
):
    client = signed_in("sales_east")
    client.post(
        reverse("interactions:add_file", args=[customer.pk]), {"file": SimpleUploadedFile("报价.pdf", PDF)}
    )
    kept = Attachment.objects.get()
    assert (files / kept.file).read_bytes() == PDF
    assert "报价" not in kept.file
    response = client.get(reverse("interactions:file", args=[kept.pk]))
    assert b"".join(response) == PDF
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    stranger = signed_in("sales_west")
    assert stranger.get(reverse("interactions:file", args=[kept.pk])).status_code == 404
    assert stranger.post(reverse("interactions:delete_file", args=[kept.pk])).status_code == 404


def test_too_large_and_empty_files_are_refused(people, customer, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_BYTES", 10)
    for content in (b"", PDF + b"x" * 10):
        with pytest.raises(DomainError):
            attachments.add_attachment(
                actor=people.sales_east, customer=customer, upload=SimpleUploadedFile("a.pdf", content)
            )


def test_a_file_of_an_interaction_belongs_to_the_same_customer(people, customer):
    other = make_customer("别家", owner=people.sales_east)
    talk = Interaction.objects.create(
        customer=other, at=other.created_at, summary="x", author=people.sales_east
    )
    with pytest.raises(DomainError):
        attachments.add_attachment(
            actor=people.sales_east,
            customer=customer,
            upload=SimpleUploadedFile("a.pdf", PDF),
            interaction=talk,
        )


def test_a_deleted_file_leaves_the_disk(people, customer, files, django_capture_on_commit_callbacks):
    kept = attachments.add_attachment(
        actor=people.sales_east, customer=customer, upload=SimpleUploadedFile("a.pdf", PDF)
    )
    with django_capture_on_commit_callbacks(execute=True):
        attachments.delete_attachment(actor=people.sales_east, attachment=kept)
    assert not [path for path in files.rglob("*") if path.is_file()]
