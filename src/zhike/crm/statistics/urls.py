from django.urls import path

from zhike.crm.statistics import views

app_name = "statistics"
urlpatterns = [
    path("", views.page, name="page"),
    path("export", views.export, name="export"),
    path("charts", views.saved, name="charts"),
    path("charts/save", views.save, name="save"),
    path("charts/<int:pk>/picture", views.picture, name="picture"),
    path("charts/<int:pk>/share", views.share, name="share"),
    path("charts/<int:pk>/place", views.place, name="place"),
    path("charts/<int:pk>/delete", views.delete, name="delete"),
    path("tiles", views.tiles, name="tiles"),
    path("tiles/<int:pk>/move", views.move, name="move"),
    path("tiles/<int:pk>/remove", views.remove, name="remove"),
]
