from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "zhike.platform"
    label = "platform"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_q.signals import post_spawn

        # They register what they hold.
        from zhike.platform import daily, heartbeats, job_kinds, rounds, signals

        post_spawn.connect(heartbeats.on_worker_spawned)
