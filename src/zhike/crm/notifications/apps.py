from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "zhike.crm.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers what the worker does.
        from zhike.crm.notifications import jobs
