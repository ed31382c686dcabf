from django.apps import AppConfig


class FollowupsConfig(AppConfig):
    name = "zhike.crm.followups"
    label = "followups"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The rhythm is told beside the strategy of a tier."""
        from django.utils.translation import gettext_lazy as _

        from zhike.crm.followups import policies
        from zhike.crm.strategy.aspects import Aspect, register

        register(Aspect("rhythm", _("Follow-up rhythm"), policies.in_words, "followups:policies"))
