from django.urls import path

from zhike.crm.portfolio.views import groups

app_name = "lists"
urlpatterns = [
    path("", groups.index, name="list"),
    path("<int:pk>", groups.change, name="change"),
    path("<int:pk>/delete", groups.delete, name="delete"),
]
