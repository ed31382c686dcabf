from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "zhike.crm.portfolio"
    label = "portfolio"
