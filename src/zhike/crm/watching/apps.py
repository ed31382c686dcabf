from django.apps import AppConfig


class WatchingConfig(AppConfig):
    name = "zhike.crm.watching"
    label = "watching"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.customers.movers import stays

        # Registers the kinds of jobs.
        from zhike.crm.segments import figures
        from zhike.crm.watching import filters, jobs, listed, notices

        stays("watching.modelspan", "the analysis evaluates both records anew")
        notices.register()
        filters.register_filters()
        figures.register_revenues(listed.revenues)
