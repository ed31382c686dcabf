from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "zhike.crm.portfolio"
    label = "portfolio"

    def ready(self) -> None:
        """Cards of rooms below: ``cards.register(Card(...))``, one line per card."""
        from zhike.crm.portfolio.cards import Card, register
        from zhike.crm.portfolio.views import ownership

        register(Card("ownership", 120, "customers/_ownership.html", ownership.card))
