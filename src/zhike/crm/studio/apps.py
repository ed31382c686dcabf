from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "zhike.crm.studio"
    label = "studio"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers the kinds of jobs and notifications, the cards of the customer page, a filter of the list.
        from zhike.crm.portfolio.cards import Card, register
        from zhike.crm.studio import cards, endings, filters, jobs, reviews

        reviews.register_kinds()
        endings.register_kinds()
        filters.register_filters()
        register(Card("override", 125, "studio/_override_card.html", cards.override))
        register(Card("models", 126, "studio/_models_card.html", cards.beside))
