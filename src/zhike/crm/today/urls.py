from django.urls import path

from zhike.crm.today import views

app_name = "today"
urlpatterns = [
    path("", views.page, name="page"),
    path("people", views.people, name="people"),
    path("<int:pk>/postpone", views.postpone, name="postpone"),
    path("<int:pk>/not-now", views.not_now, name="not_now"),
    path("put-aside/<int:pk>/take-back", views.take_back, name="take_back"),
]
