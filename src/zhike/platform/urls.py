from django.urls import path

from zhike.platform import views

app_name = "platform"
urlpatterns = [
    path("jobs", views.job_list, name="jobs"),
    path("jobs/<int:pk>", views.job_detail, name="job"),
    path("jobs/<int:pk>/cancel", views.cancel_job, name="cancel_job"),
    path("audit", views.audit_list, name="audit"),
    path("backups", views.backups, name="backups"),
    path("backups/new", views.start_backup, name="start_backup"),
    path("backups/drill", views.start_drill, name="start_drill"),
    path("backups/<str:name>", views.download_backup, name="download_backup"),
]
