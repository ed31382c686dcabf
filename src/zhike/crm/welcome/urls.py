from django.urls import path

from zhike.crm.welcome import views

app_name = "welcome"
urlpatterns = [
    path("", views.begin, name="begin"),
    path("people", views.people, name="people"),
    path("company", views.company, name="company"),
    path("data", views.data, name="data"),
    path("simulation", views.start_simulation, name="start_simulation"),
    path("simulation/<int:pk>", views.simulation, name="simulation"),
    path("simulation/remove", views.remove_simulation, name="remove_simulation"),
    path("checklist", views.steps, name="checklist"),
    path("checklist/close", views.close_checklist, name="close_checklist"),
]
