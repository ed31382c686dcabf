"""Receiving files: a transfer stops at its limit instead of filling the disk, and is streamed to disk."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest

#: What the form around the files may take: its other fields and the boundaries.
AROUND = 1 << 20


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """Refuses what announces more than ``limit`` bytes, and stops what turns out to be more."""

    def __init__(self, request: HttpRequest | None = None, *, limit: int) -> None:
        super().__init__(request)
        self.limit = limit
        self.received = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > self.limit + AROUND:
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > self.limit:
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)
