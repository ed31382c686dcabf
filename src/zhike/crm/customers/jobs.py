"""Jobs on customers."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from zhike.crm.customers import handover
from zhike.platform.jobs import JobRun, job


@job("customers.handover", _("Hand-over of customers"))
def hand_over(run: JobRun) -> dict[str, Any]:
    return handover.work(run)


@job("customers.handover_undo", _("Undo of a hand-over"))
def take_back(run: JobRun) -> dict[str, Any]:
    return handover.work_back(run)
