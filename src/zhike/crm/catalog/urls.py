from django.urls import path

from zhike.crm.catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.product_list, name="list"),
    path("new", views.product_form, name="create"),
    path("<int:pk>", views.product_form, name="edit"),
]
