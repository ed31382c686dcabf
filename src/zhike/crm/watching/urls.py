from __future__ import annotations

from django.urls import path

from zhike.crm.watching.views import cohorts, compare, drift, migration, overlap, page

app_name = "watching"
urlpatterns = [
    path("", page.page, name="page"),
    path("overlap", overlap.overlap, name="overlap"),
    path("migration", migration.migration, name="migration"),
    path("cohorts", cohorts.cohorts, name="cohorts"),
    path("drift", drift.drift, name="drift"),
    path("drift/segments/<int:pk>/try", drift.try_cutoff, name="try_cutoff"),
    path("compare", compare.compare, name="compare"),
]
