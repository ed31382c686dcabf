from django.urls import path

from zhike.crm.today import views

app_name = "today"
urlpatterns = [path("", views.page, name="page")]
