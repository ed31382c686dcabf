from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "zhike.crm.statistics"
    label = "statistics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.statistics import filters

        filters.register_filters()
