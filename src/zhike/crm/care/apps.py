from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CareConfig(AppConfig):
    name = "zhike.crm.care"
    label = "care"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.care import calendar_source, jobs, reminders  # they register
        from zhike.crm.notifications.kinds import NotificationKind, register

        label = _("Birthdays, festivals, anniversaries")
        register(NotificationKind(reminders.KIND, label, "{sentence}", "cake", describe=reminders.describe))
