from django.apps import AppConfig


class PortfolioConfig(AppConfig):
    name = "zhike.crm.portfolio"
    label = "portfolio"

    def ready(self) -> None:
        """Cards on the customer page: ``register(Card(...))``, one line per card."""
        from zhike.crm.alerts import cards as alerts
        from zhike.crm.care import cards as care
        from zhike.crm.followups import cards as followups
        from zhike.crm.portfolio import (  # the calendar shows next steps
            files,
            next_steps,
            predicted,
            purchases,
            strategies,
        )
        from zhike.crm.portfolio.cards import Card, register
        from zhike.crm.portfolio.views import ownership
        from zhike.crm.prediction import cards as prediction
        from zhike.crm.segments import cards as segments
        from zhike.crm.tasks import cards as tasks
        from zhike.crm.treatments import cards as treatments

        register(Card("followups", 90, "followups/_card.html", followups.card))
        register(Card("tasks", 90, "tasks/_card.html", tasks.open_tasks))
        register(Card("strategy", 95, "customers/_strategy.html", strategies.card))
        register(Card("ownership", 120, "customers/_ownership.html", ownership.card))
        register(Card("files", 130, "customers/_files.html", files.card))
        register(Card("treatments", 180, "treatments/_card.html", treatments.context))
        register(Card("next_action", 20, "prediction/_action.html", prediction.next_action))
        register(Card("outlook", 20, "prediction/_outlook.html", prediction.outlook, "main"))
        register(Card("purchases", 30, "customers/_purchases.html", purchases.card, "main"))
        register(Card("products", 105, "prediction/_products.html", prediction.products, "main"))
        register(Card("segments", 100, "segments/_card.html", segments.card))
        predicted.register_filters()
        register(Card("care", 110, "care/_card_later.html", care.later))
        register(Card("alerts", 10, "alerts/_card.html", alerts.context))
