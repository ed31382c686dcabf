from django.urls import path

from zhike.crm.care import views

app_name = "care"
urlpatterns = [
    path("", views.upcoming, name="upcoming"),
    path("year", views.year, name="year"),
    path("customers/<int:pk>/card", views.card, name="card"),
    path("customers/<int:pk>/settle", views.settle, name="settle"),
    path("customers/<int:pk>/preferences", views.preferences, name="preferences"),
    path("contacts/<int:pk>/preferences", views.contact_preferences, name="contact_preferences"),
    path("customers/<int:pk>/dates/new", views.add_date, name="add_date"),
    path("dates/<int:pk>/delete", views.delete_date, name="delete_date"),
    path("rules", views.rules, name="rules"),
    path("rules/new", views.rule, name="create_rule"),
    path("rules/<int:pk>", views.rule, name="rule"),
    path("rules/<int:pk>/switch", views.switch_rule, name="switch_rule"),
    path("rules/<int:pk>/delete", views.delete_rule, name="delete_rule"),
]
