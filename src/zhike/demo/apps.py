from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "zhike.demo"
    label = "demo"

    def ready(self) -> None:
        from zhike.demo import jobs  # registers the jobs
