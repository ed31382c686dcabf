from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "zhike.crm.imports"
    label = "imports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.imports import jobs  # registers the jobs
