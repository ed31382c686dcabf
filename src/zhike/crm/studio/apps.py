from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "zhike.crm.studio"
    label = "studio"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Registers the kinds of jobs and of notifications.
        from zhike.crm.studio import jobs, reviews  # noqa: F401

        reviews.register_kinds()
