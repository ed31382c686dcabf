from django.urls import path

from zhike.crm.followups import views

app_name = "followups"
urlpatterns = [
    path("", views.page, name="policies"),
    path("warning", views.warning, name="warning"),
]
