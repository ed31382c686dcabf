from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "zhike.crm.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers the kinds of jobs.
        from zhike.crm.customers.movers import register, stays
        from zhike.crm.insight import jobs, labels, merging
        from zhike.platform import shades

        shades.read_from(labels.tier_shades)
        register(merging.MOVER, instead_of="insight.tieroverride")

        for name in ("customerscore", "tierhistory", "stagehistory", "tierassignment"):
            stays(f"insight.{name}", "the analysis evaluates both records anew")
