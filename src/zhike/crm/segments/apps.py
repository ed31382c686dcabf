from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "zhike.crm.segments"
    label = "segments"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.segments import jobs, merging  # registers jobs, looks and movers
