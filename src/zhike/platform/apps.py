from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "zhike.platform"
    label = "platform"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.platform import job_kinds, signals  # noqa: F401  (registers what they hold)
