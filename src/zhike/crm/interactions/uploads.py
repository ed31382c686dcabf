"""Receiving files of customers: the transfer stops at the limit instead of filling the disk."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

from zhike.crm.interactions.attachments import MAX_BYTES

AT_ONCE = 10
LIMIT = AT_ONCE * MAX_BYTES


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Writes to the temporary folder; more than is kept at once is refused before or while it arrives."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > LIMIT + (1 << 20):
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > LIMIT:
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)
