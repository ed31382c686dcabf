from django.urls import path

from zhike.crm.interactions import template_views, views

app_name = "interactions"
urlpatterns = [
    path("new", views.create, name="create"),
    path("<int:pk>/settle", views.settle, name="settle"),
    path("<int:pk>/postpone", views.postpone, name="postpone"),
    path("templates", template_views.templates, name="templates"),
    path("templates/new", template_views.edit_template, name="create_template"),
    path("templates/<int:pk>", template_views.edit_template, name="edit_template"),
    path("templates/<int:pk>/delete", template_views.delete_template, name="delete_template"),
]
