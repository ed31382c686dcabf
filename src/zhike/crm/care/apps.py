from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CareConfig(AppConfig):
    name = "zhike.crm.care"
    label = "care"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from zhike.crm.care import calendar_source, jobs, reminders  # noqa: F401
        from zhike.crm.notifications.kinds import NotificationKind, register

        for code, text in (
            (reminders.DUE, _("{occasion} of {person} on {on}")),
            (reminders.MANY_DUE, _("{occasion} on {on}: {count} customers to think of")),
        ):
            label = _("Birthdays, festivals, anniversaries")
            register(NotificationKind(code, label, text, "cake", describe=reminders.describe))
