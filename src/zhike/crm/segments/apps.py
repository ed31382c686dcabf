from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "zhike.crm.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"
