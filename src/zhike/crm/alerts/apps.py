from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AlertsConfig(AppConfig):
    name = "zhike.crm.alerts"
    label = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.alerts import detection, jobs, triggers, words  # they register themselves
        from zhike.crm.insight.signals import subscribe

        words.register_kinds()
        subscribe(detection.note)
        post_migrate.connect(triggers.install, dispatch_uid="alerts.triggers")
