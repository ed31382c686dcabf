from django.urls import URLPattern

app_name = "prediction"
urlpatterns: list[URLPattern] = []
