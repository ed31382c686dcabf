from django.apps import AppConfig


class WelcomeConfig(AppConfig):
    name = "zhike.crm.welcome"
    label = "welcome"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.welcome import facts, watch  # registers facts and listens to alarms

        watch.listen()
