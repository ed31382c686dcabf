"""Closed vocabularies of customers; open ones (region, industry) come from the reference data."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    COMPANY = "company", _("Company")
    PERSON = "person", _("Person")


class Size(TextChoices):
    """The classes of the Measures for the Classification of Large, Medium, Small and Micro Enterprises for
    Statistics (国统字〔2017〕213号), reduced to the number of people, which a seller can know."""

    MICRO = "micro", _("Micro (under 10 people)")
    SMALL = "small", _("Small (10–99 people)")
    MEDIUM = "medium", _("Medium (100–499 people)")
    LARGE = "large", _("Large (500 people and more)")


class CustomerType(TextChoices):
    END_USER = "end_user", _("End customer")
    DISTRIBUTOR = "distributor", _("Distributor")
    AGENT = "agent", _("Agent")
    PARTNER = "partner", _("Partner")
    OTHER = "other", _("Other")


class BusinessModel(TextChoices):
    MANUFACTURER = "manufacturer", _("Manufacturer")
    WHOLESALE = "wholesale", _("Wholesale")
    RETAIL = "retail", _("Retail")
    ECOMMERCE = "ecommerce", _("E-commerce")
    SERVICE = "service", _("Service")
    PUBLIC = "public", _("Public sector")
    OTHER = "other", _("Other")


class Gender(TextChoices):
    MALE = "male", _("Male")
    FEMALE = "female", _("Female")


class BirthdayCalendar(TextChoices):
    SOLAR = "solar", _("Solar calendar")
    LUNAR = "lunar", _("Lunar calendar")


class ContactRole(TextChoices):
    DECISION_MAKER = "decision_maker", _("Decision maker")
    PURCHASER = "purchaser", _("Purchaser")
    USER = "user", _("User")
    FINANCE = "finance", _("Finance")
    INFLUENCER = "influencer", _("Influencer")
    OTHER = "other", _("Other")


class FieldType(TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    BOOLEAN = "boolean", _("Yes or no")
    CHOICE = "choice", _("Choice")
    MULTIPLE = "multiple", _("Several choices")


class Channel(TextChoices):
    """How somebody wants to be reached."""

    PHONE = "phone", _("Phone")
    WECHAT = "wechat", _("WeChat")
    SMS = "sms", _("Text message")
    EMAIL = "email", _("E-mail")
    VISIT = "visit", _("Visit")


class TagColor(TextChoices):
    BLUE = "blue", _("Blue")
    GREEN = "green", _("Green")
    YELLOW = "yellow", _("Yellow")
    ORANGE = "orange", _("Orange")
    RED = "red", _("Red")
    PURPLE = "purple", _("Purple")
    TEAL = "teal", _("Teal")
