from django.urls import path

from zhike.crm.workbench import views

app_name = "workbench"
urlpatterns = [
    path("", views.start_page, name="list"),
    path("new/<slug:recipe>", views.new, name="new"),
    path("levels", views.level_choices, name="levels"),
    path("<int:pk>", views.analysis, name="analysis"),
    path("<int:pk>/progress", views.progress, name="progress"),
    path("<int:pk>/save", views.save, name="save"),
    path("<int:pk>/again", views.again, name="again"),
    path("<int:pk>/lists", views.make_lists, name="make_lists"),
    path("<int:pk>/delete", views.delete, name="delete"),
    path("<int:pk>/export", views.export, name="export"),
]
