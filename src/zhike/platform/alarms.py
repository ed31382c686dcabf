"""What the people who run the installation must hear of; rooms above decide whom they tell, and how."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent with ``job`` (the record) and ``reason`` (words) when a backup could not be written.
backup_failed = Signal()
#: Sent with ``job`` and ``reason`` when a backup could not be restored, or came back different.
drill_failed = Signal()
