from django.apps import AppConfig


class PredictionConfig(AppConfig):
    name = "zhike.crm.prediction"
    label = "prediction"
    default_auto_field = "django.db.models.BigAutoField"
