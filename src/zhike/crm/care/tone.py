"""What is said on an occasion, and the guard that nobody is congratulated on a day of mourning."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.crm.care.choices import BIRTHDAY, FIRST_ORDER, MEMBER_SINCE, OCCASIONS
from zhike.platform.errors import DomainError

NAME = "{name}"
# Words of joy; on a day of mourning none of them is said.
JOYFUL = re.compile(
    r"快乐|恭喜|恭贺|祝贺|庆祝|欢度|喜庆|贺|大吉|万事如意|开心|愉快|干杯|福到|"
    r"happy|merry|congrat|celebrat|cheer|joy|best wishes|🎉|🎊|🥳|🎂|🎈|🎁",
    re.IGNORECASE,
)
GREETINGS: dict[str, Promise] = {
    BIRTHDAY: _("Dear {name}, happy birthday! We wish you good health and all the best."),
    FIRST_ORDER: _("Dear {name}, today is the anniversary of your first order. Thank you for your trust!"),
    MEMBER_SINCE: _("Dear {name}, thank you for another year with us!"),
    "spring_festival": _("Dear {name}, happy Chinese New Year! We wish you and your family health and luck."),
    "new_years_eve": _("Dear {name}, thank you for this year. We wish you a warm New Year's Eve dinner."),
    "lantern": _("Dear {name}, happy Lantern Festival!"),
    "dragon_boat": _("Dear {name}, we wish you a peaceful and healthy Dragon Boat Festival."),
    "mid_autumn": _("Dear {name}, happy Mid-Autumn Festival! We wish you a full moon and a full house."),
    "double_ninth": _("Dear {name}, we wish you and your elders health and long life on Double Ninth."),
    "qingming": _("Dear {name}, at Qingming we wish you a safe journey. Please take care."),
    "zhongyuan": _("Dear {name}, please take care of yourself these days."),
}
PLAIN = _("Dear {name}, all our good wishes for {occasion}!")


class ToneError(DomainError):
    """A text congratulates where nobody should."""


def check(occasion: str, text: str) -> None:
    """Refuse a greeting that congratulates on a day of mourning."""
    if not fits(occasion, text):
        raise ToneError(
            _("This is a day of mourning: nobody is congratulated. Choose quiet words."),
            field="greeting",
            code="tone",
        )


def fits(occasion: str, text: str) -> bool:
    kind = OCCASIONS.get(occasion)
    return kind is None or kind.congratulate or not JOYFUL.search(text)


def greeting(occasion: str, name: str, own: str = "", label: str = "") -> str:
    """The text to send: the rule's own or the usual one. One that does not fit the day is never shown."""
    for text in (own, str(GREETINGS.get(occasion, "")), str(PLAIN)):
        filled = text.replace(NAME, name).replace("{occasion}", label)
        if text and fits(occasion, filled):
            return filled
    return ""
