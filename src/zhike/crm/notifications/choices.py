"""How a person wants to hear of something by e-mail."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Email(models.TextChoices):
    NONE = "none", _("No e-mail")
    AT_ONCE = "at_once", _("At once")
    DIGEST = "digest", _("Daily summary")
