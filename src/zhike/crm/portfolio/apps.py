from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "zhike.crm.portfolio"
    label = "portfolio"

    def ready(self) -> None:
        """Cards of rooms below: ``cards.register(Card(...))``, one line per card."""
