from django.urls import path

from zhike.crm.orders import entry_views, views

app_name = "orders"
urlpatterns = [
    path("", views.order_list, name="list"),
    path("new", entry_views.create, name="create"),
    path("<int:pk>", views.detail, name="detail"),
    path("<int:pk>/edit", entry_views.edit, name="edit"),
    path("<int:pk>/return", entry_views.take_back, name="return"),
    path("<int:pk>/cancel", views.cancel, name="cancel"),
]
