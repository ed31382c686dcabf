from django.urls import path

from zhike.crm.bulk import views

app_name = "bulk"
urlpatterns = [
    path("", views.act_list, name="list"),
    path("menu", views.menu, name="menu"),
    path("start", views.start, name="start"),
    path("<int:pk>", views.act_detail, name="act"),
    path("<int:pk>/confirm", views.confirm, name="confirm"),
    path("<int:pk>/discard", views.discard, name="discard"),
    path("<int:pk>/progress", views.progress, name="progress"),
    path("<int:pk>/resume", views.resume, name="resume"),
    path("<int:pk>/undo", views.undo, name="undo"),
]
