from __future__ import annotations

from django.urls import path

from zhike.crm.strategy import views

app_name = "strategy"
urlpatterns = [path("", views.page, name="page")]
