from django.urls import path

from zhike.crm.interactions import attachment_views, note_views, template_views, views

app_name = "interactions"
urlpatterns = [
    path("new", views.create, name="create"),
    path("<int:pk>/settle", views.settle, name="settle"),
    path("<int:pk>/postpone", views.postpone, name="postpone"),
    path("templates", template_views.templates, name="templates"),
    path("templates/new", template_views.edit_template, name="create_template"),
    path("templates/<int:pk>", template_views.edit_template, name="edit_template"),
    path("templates/<int:pk>/delete", template_views.delete_template, name="delete_template"),
    path("notes/new", note_views.note, name="create_note"),
    path("notes/<int:pk>", note_views.note, name="edit_note"),
    path("notes/<int:pk>/pin", note_views.pin, name="pin_note"),
    path("notes/<int:pk>/delete", note_views.delete, name="delete_note"),
    path("files/of/<int:customer_pk>", attachment_views.add, name="add_file"),
    path("files/<int:pk>", attachment_views.download, name="file"),
    path("files/<int:pk>/delete", attachment_views.delete, name="delete_file"),
]
