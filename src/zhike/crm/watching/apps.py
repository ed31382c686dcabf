from django.apps import AppConfig


class WatchingConfig(AppConfig):
    name = "zhike.crm.watching"
    label = "watching"
    default_auto_field = "django.db.models.BigAutoField"
