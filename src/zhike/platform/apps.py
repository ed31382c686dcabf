from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "zhike.platform"
    label = "platform"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_q.signals import post_spawn

        from zhike.platform import heartbeats, job_kinds, signals  # noqa: F401  (registers what they hold)

        post_spawn.connect(heartbeats.on_worker_spawned)
