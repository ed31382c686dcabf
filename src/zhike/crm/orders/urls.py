from django.urls import path

from zhike.crm.orders import views

app_name = "orders"
urlpatterns = [
    path("", views.order_list, name="list"),
    path("new", views.create, name="create"),
    path("<int:pk>", views.detail, name="detail"),
    path("<int:pk>/cancel", views.cancel, name="cancel"),
]
