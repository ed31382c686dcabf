from django.urls import path

from zhike.crm.catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.product_list, name="list"),
    path("suggest", views.suggest, name="suggest"),
    path("categories", views.categories, name="categories"),
    path("categories/new", views.category_form, name="create_category"),
    path("categories/<int:pk>", views.category_form, name="edit_category"),
    path("<int:pk>/on-sale", views.on_sale, name="on_sale"),
    path("new", views.product_form, name="create"),
    path("<int:pk>", views.product_form, name="edit"),
]
