from django.urls import path

from zhike.crm.treatments import views

app_name = "treatments"
urlpatterns = [path("", views.treatment_list, name="list")]
