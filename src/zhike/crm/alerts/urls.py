from django.urls import path

from zhike.crm.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.alert_list, name="list"),
    path("acknowledge", views.acknowledge, name="acknowledge"),
    path("settings", views.settings, name="settings"),
]
