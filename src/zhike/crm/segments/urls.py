from __future__ import annotations

from django.urls import path

from zhike.crm.segments.views import builder, detail, importing, index, verbs

app_name = "segments"
urlpatterns = [
    path("", index.index, name="list"),
    path("begin", index.begin, name="begin"),
    path("seen", index.seen, name="seen"),
    path("sizes", index.sizes, name="sizes"),
    path("ask", detail.ask, name="ask"),
    path("new", builder.create, name="create"),
    path("preview", builder.preview, name="preview"),
    path("explain", builder.explain, name="explain"),
    path("customers", builder.customers, name="customers"),
    path("products", builder.products, name="products"),
    path("lists/import", importing.import_list, name="import_list"),
    path("<int:pk>", detail.detail, name="detail"),
    path("<int:pk>/edit", builder.edit, name="edit"),
    path("<int:pk>/found", detail.found, name="found"),
    path("<int:pk>/worth", detail.worth, name="worth"),
    path("<int:pk>/waiting", detail.waiting, name="waiting"),
    path("<int:pk>/why", detail.why, name="why"),
    path("<int:pk>/publish", verbs.publish, name="publish"),
    path("<int:pk>/archive", verbs.archive, name="archive"),
    path("<int:pk>/duplicate", verbs.duplicate, name="duplicate"),
    path("<int:pk>/delete", verbs.delete, name="delete"),
    path("<int:pk>/choose", verbs.choose, name="choose"),
]
