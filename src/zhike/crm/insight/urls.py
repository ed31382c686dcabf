from django.urls import path

from zhike.crm.insight.views import dashboard, pareto, progress, rfm, runs, statistics, tier_settings, tiers

app_name = "insight"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("rfm", rfm.rfm, name="rfm"),
    path("pareto", pareto.pareto, name="pareto"),
    path("statistics", statistics.statistics, name="statistics"),
    path("tiers", tiers.tiers, name="tiers"),
    path("tiers/settings", tier_settings.tier_settings, name="tier_settings"),
    path("runs", runs.runs, name="runs"),
    path("runs/start", runs.start_run, name="start_run"),
    path("progress", progress.progress, name="progress"),
]
