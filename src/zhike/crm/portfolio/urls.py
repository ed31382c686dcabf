from django.urls import path

from zhike.crm.portfolio.views import edit, lists, ownership, record

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
    path("<int:pk>/assign", ownership.assign, name="assign"),
    path("<int:pk>/share", ownership.share, name="share"),
    path("<int:pk>/share/<int:user_pk>/revoke", ownership.revoke, name="revoke_share"),
    path("handovers", ownership.handovers, name="handovers"),
    path("handovers/<int:pk>", ownership.handover_detail, name="handover"),
    path("handovers/<int:pk>/undo", ownership.handover_undo, name="handover_undo"),
    path("handovers/<int:pk>/go-on", ownership.handover_go_on, name="handover_go_on"),
    path("<int:customer_pk>/contacts/new", edit.contact, name="create_contact"),
    path("<int:customer_pk>/contacts/<int:pk>", edit.contact, name="edit_contact"),
    path("<int:customer_pk>/contacts/<int:pk>/delete", edit.delete_contact, name="delete_contact"),
]
