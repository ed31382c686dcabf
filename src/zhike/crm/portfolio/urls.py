from django.urls import path

from zhike.crm.portfolio.views import edit, lists, record

app_name = "customers"
urlpatterns = [
    path("", lists.customer_list, name="list"),
    path("search", lists.search_box, name="search"),
    path("export", lists.export, name="export"),
    path("count", lists.count, name="count"),
    path("filters", lists.filter_form, name="filters"),
    path("cities", lists.city_options, name="cities"),
    path("views", lists.save_view, name="save_view"),
    path("views/<int:pk>/delete", lists.delete_view, name="delete_view"),
    path("new", edit.create, name="create"),
    path("new/quick", edit.quick, name="quick"),
    path("duplicates", edit.duplicates, name="duplicates"),
    path("<int:pk>", record.detail, name="detail"),
    path("<int:pk>/standing", record.standing, name="standing"),
    path("<int:pk>/timeline", record.more_timeline, name="timeline"),
    path("<int:pk>/edit", edit.edit, name="edit"),
    path("<int:pk>/delete", edit.delete, name="delete"),
    path("<int:customer_pk>/contacts/new", edit.contact, name="create_contact"),
    path("<int:customer_pk>/contacts/<int:pk>", edit.contact, name="edit_contact"),
    path("<int:customer_pk>/contacts/<int:pk>/delete", edit.delete_contact, name="delete_contact"),
]
