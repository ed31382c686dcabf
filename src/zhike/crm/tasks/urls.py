from django.urls import path

from zhike.crm.tasks.views import calendar, edit, feed, lists

app_name = "tasks"
urlpatterns = [
    path("", lists.task_list, name="list"),
    path("new", edit.create, name="create"),
    path("quick", edit.quick, name="quick"),
    path("pick", edit.pick, name="pick"),
    path("<int:pk>", edit.detail, name="detail"),
    path("<int:pk>/done", edit.done, name="done"),
    path("<int:pk>/reopen", edit.reopen, name="reopen"),
    path("<int:pk>/drop", edit.drop, name="drop"),
    path("<int:pk>/postpone", edit.postpone, name="postpone"),
    path("calendar", calendar.calendar, name="calendar"),
    path("calendar/<str:view>", calendar.calendar, name="calendar"),
    path("feed", feed.settings_page, name="feed_settings"),
    path("feed/new", feed.make, name="feed_make"),
    path("feed/end", feed.end, name="feed_end"),
    path("feed/<str:secret>.ics", feed.read, name="feed"),
]
