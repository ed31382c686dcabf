from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "zhike.crm.bulk"
    label = "bulk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.bulk import filters, jobs  # they register themselves
