from django.urls import path

from zhike.crm.decisions import views

app_name = "decisions"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("count", views.count, name="count"),
    path("undo", views.undo, name="undo"),
    path("<slug:kind>/<int:pk>", views.decide, name="decide"),
    path("<slug:kind>/<int:pk>/alike", views.alike, name="alike"),
]
