from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    name = "zhike.crm.workbench"
    label = "workbench"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.workbench import filters, jobs  # they register themselves
