from django.urls import path

from zhike.crm.decisions import views

app_name = "decisions"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("count", views.count, name="count"),
    path("undo", views.undo, name="undo"),
    path("merges/<int:pk>/undo", views.undo_merge, name="undo_merge"),
    path("<slug:kind>/<int:pk>", views.decide, name="decide"),
    path("<slug:kind>/<int:pk>/alike", views.alike, name="alike"),
]
