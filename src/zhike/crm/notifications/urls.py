from django.urls import path

from zhike.crm.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.notification_list, name="list"),
    path("bell", views.bell, name="bell"),
    path("latest", views.latest, name="latest"),
    path("mark", views.mark, name="mark"),
    path("<int:pk>/open", views.open_one, name="open"),
    path("preferences", views.preference_page, name="preferences"),
    path("preferences/test", views.test_email, name="test_email"),
]
