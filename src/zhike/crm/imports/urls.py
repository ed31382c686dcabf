from django.urls import path

from zhike.crm.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.import_list, name="list"),
    path("new", views.upload, name="upload"),
    path("<int:pk>", views.detail, name="detail"),
    path("<int:pk>/reading", views.choose_reading, name="reading"),
    path("<int:pk>/columns", views.choose_columns, name="columns"),
    path("<int:pk>/preset", views.apply_preset, name="apply_preset"),
    path("<int:pk>/progress", views.progress, name="progress"),
    path("<int:pk>/errors.csv", views.errors, name="errors"),
    path("<int:pk>/resume", views.resume, name="resume"),
    path("<int:pk>/undo", views.undo, name="undo"),
    path("<int:pk>/discard", views.discard, name="discard"),
    path("presets/<int:pk>/delete", views.delete_preset, name="delete_preset"),
]
