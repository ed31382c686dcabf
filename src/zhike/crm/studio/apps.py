from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "zhike.crm.studio"
    label = "studio"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers the kinds of jobs and of notifications, and the card of the customer page.
        from zhike.crm.portfolio.cards import Card, register
        from zhike.crm.studio import cards, endings, jobs, reviews  # noqa: F401

        reviews.register_kinds()
        endings.register_kinds()
        register(Card("override", 125, "studio/_override_card.html", cards.override))
