from django.apps import AppConfig


class PredictionConfig(AppConfig):
    name = "zhike.crm.prediction"
    label = "prediction"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers the kinds of jobs.
        from zhike.crm.customers.movers import stays
        from zhike.crm.prediction import jobs

        for name in ("customerprediction", "recommendation"):
            stays(f"prediction.{name}", "the models score both records anew")
