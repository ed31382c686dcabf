from __future__ import annotations

from django.urls import path

from zhike.crm.studio.views import decisions, drafts, models, overrides, weights

app_name = "studio"
urlpatterns = [
    path("", models.models, name="list"),
    path("drafts/new", models.create, name="create"),
    path("models/<int:pk>", models.model, name="model"),
    path("models/<int:pk>/review", models.review, name="review"),
    path("versions/<int:pk>/rollback", models.rollback, name="rollback"),
    path("drafts/<int:pk>", drafts.draft, name="draft"),
    path("drafts/<int:pk>/spread", drafts.spread, name="spread"),
    path("drafts/<int:pk>/weights", weights.weights, name="weights"),
    path("drafts/<int:pk>/tiers", drafts.cuts, name="cuts"),
    path("drafts/<int:pk>/scores", drafts.scores, name="scores"),
    path("drafts/<int:pk>/simulation", decisions.simulate, name="simulate"),
    path("drafts/<int:pk>/progress", decisions.progress, name="progress"),
    path("customers/<int:pk>/override", overrides.override, name="override"),
    path("customers/<int:pk>/override/end", overrides.end_override, name="end_override"),
]
