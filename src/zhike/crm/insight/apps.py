from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "zhike.crm.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers the kinds of jobs.
        from zhike.crm.customers.movers import stays
        from zhike.crm.insight import jobs  # noqa: F401

        for name in ("customerscore", "tierhistory", "stagehistory", "tierassignment"):
            stays(f"insight.{name}", "the analysis evaluates both records anew")
