from django.urls import path

from zhike.crm.prediction.views import deciding, investing, lists, models

app_name = "prediction"
urlpatterns = [
    path("at-risk", lists.at_risk, name="at_risk"),
    path("overdue", lists.overdue, name="overdue"),
    path("cross-sell", lists.cross_sell, name="cross_sell"),
    path("investment", investing.investment, name="investment"),
    path("costs", investing.costs, name="costs"),
    path("customers/<int:pk>/decide", deciding.decide, name="decide"),
    path("models", models.models, name="models"),
    path("models/<slug:kind>", models.model, name="model"),
    path("models/<slug:kind>/retrain", models.retrain, name="retrain"),
    path("models/<slug:kind>/progress", models.progress, name="progress"),
]
