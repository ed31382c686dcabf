from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksConfig(AppConfig):
    name = "zhike.crm.tasks"
    label = "tasks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.customers import handover

        # They register what they hold: kinds of notifications, looks of the worker, the calendar's source.
        from zhike.crm.tasks import jobs, notices, sources
        from zhike.crm.tasks.models import Task
        from zhike.crm.tasks.repeats import in_words
        from zhike.platform.audit_events import SAYING

        def of(user: Any) -> Any:
            return Task.objects.open().of(user)

        handover.register(handover.Companion("tasks", _("Open tasks"), of))
        SAYING["tasks.task", "repeat"] = in_words
