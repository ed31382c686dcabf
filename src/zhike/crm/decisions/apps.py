from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "zhike.crm.decisions"
    label = "decisions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.customers import touched
        from zhike.crm.customers.movers import stays
        from zhike.crm.decisions import card, jobs, scanning, sources
        from zhike.crm.portfolio.cards import Card, register

        stays("decisions.duplicatepair", "a pair is about its own two records")
        touched.subscribe(scanning.note_changed)
        register(Card("duplicates", 60, "decisions/_card.html", card.possible_duplicates))
        register(Card("merges", 140, "decisions/_merges.html", card.merges))
