from django.urls import path

from zhike.crm.interactions import views

app_name = "interactions"
urlpatterns = [
    path("new", views.create, name="create"),
    path("<int:pk>/settle", views.settle, name="settle"),
]
