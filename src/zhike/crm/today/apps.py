from django.apps import AppConfig


class TodayConfig(AppConfig):
    name = "zhike.crm.today"
    label = "today"
    default_auto_field = "django.db.models.BigAutoField"
