from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "zhike.crm.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.customers import jobs  # registers the jobs
