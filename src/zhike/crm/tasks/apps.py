from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "zhike.crm.tasks"
    label = "tasks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # They register what they hold: kinds of notifications, looks of the worker, the calendar's source.
        from zhike.crm.tasks import jobs, notices, sources  # noqa: F401
