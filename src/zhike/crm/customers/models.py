"""Customers (companies and persons), their contact persons, and fields that a company adds itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zhike.crm.customers.choices import (
    BirthdayCalendar,
    BusinessModel,
    Channel,
    ContactRole,
    CustomerType,
    FieldType,
    Gender,
    Kind,
    Size,
    TagColor,
)
from zhike.crm.customers.merge_models import FieldConflict, Merge
from zhike.crm.customers.ownership_models import (
    CustomerShare,
    Handover,
    HandoverItem,
    OwnerHistory,
    RowsOfCustomers,
    customer_scope,
)
from zhike.crm.customers.persons import Celebrated, birthday_indexes
from zhike.platform.permissions import allowed, scope_filter

__all__ = [
    "Contact",
    "CustomField",
    "Customer",
    "CustomerShare",
    "FieldConflict",
    "Handover",
    "HandoverItem",
    "Merge",
    "OwnerHistory",
    "RowsOfCustomers",
    "Tag",
    "customer_scope",
]


class Tag(models.Model):
    name = models.CharField(_("name"), max_length=40, unique=True)
    color = models.CharField(
        _("color"), max_length=10, choices=TagColor, blank=True, default="", db_default=""
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: Any) -> CustomerQuerySet:
        """Living records within the user's row scope, or shared with the user."""
        if not allowed(user, "customers.view"):
            return self.none()
        return self.filter(customer_scope(user), deleted_at__isnull=True)

    def deleted(self, user: Any) -> CustomerQuerySet:
        """What lies in the recycle bin, within the user's row scope; a merge is undone, not restored."""
        if not allowed(user, "customers.edit"):
            return self.none()
        return self.filter(scope_filter(user), deleted_at__isnull=False, merged_into__isnull=True)

    def editable_by(self, user: Any) -> CustomerQuerySet:
        """Those that the user may also change, as far as the role lets: in the row scope, or shared so."""
        if not allowed(user, "customers.view"):
            return self.none()
        return self.filter(customer_scope(user, edit=True), deleted_at__isnull=True)

    def assignable_by(self, user: Any) -> CustomerQuerySet:
        """Those whose owner the user may name: in the row scope; who was let in may not pass them on."""
        return self.editable_by(user).filter(scope_filter(user))


class Customer(Celebrated):
    """The one paying party. ``(source, external_key)`` is its key in the system it came from."""

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.COMPANY)
    code = models.CharField(_("customer number"), max_length=60, null=True, blank=True, unique=True)
    source = models.CharField(_("source"), max_length=60, default="manual")
    external_key = models.CharField(_("external key"), max_length=120, null=True, blank=True)
    name = models.CharField(_("name"), max_length=200)
    # Normalised forms, kept by the services: what the importer and the search compare.
    name_key = models.CharField(max_length=200, blank=True, db_index=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_key = models.CharField(max_length=20, blank=True, db_index=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True, db_index=True)
    industry = models.CharField(_("industry"), max_length=8, blank=True)
    size = models.CharField(_("size"), max_length=8, choices=Size, blank=True)
    business_model = models.CharField(_("business model"), max_length=16, choices=BusinessModel, blank=True)
    customer_type = models.CharField(_("type"), max_length=16, choices=CustomerType, blank=True)
    needs = models.CharField(_("needs"), max_length=500, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True)
    province = models.CharField(_("province"), max_length=2, blank=True)
    city = models.CharField(_("city"), max_length=6, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    gender = models.CharField(_("gender"), max_length=8, choices=Gender, blank=True)
    birthday_calendar = models.CharField(
        _("birthday calendar"), max_length=8, choices=BirthdayCalendar, default=BirthdayCalendar.SOLAR
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("owner"),
    )
    team = models.ForeignKey(
        "accounts.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("team"),
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="customers", verbose_name=_("tags"))
    custom = models.JSONField(_("custom fields"), default=dict, blank=True)
    no_profiling = models.BooleanField(_("not profiled"), default=False)
    last_contact_at = models.DateTimeField(_("last contact"), null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # Merged into another customer: the row stays, so that its keys and old addresses lead there.
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="merged_from", db_index=False
    )

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("customer")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_key"],
                condition=models.Q(external_key__isnull=False),
                name="customer_external_key",
            )
        ]
        indexes = [
            models.Index(fields=["owner", "id"], name="customer_owner"),
            models.Index(fields=["team", "id"], name="customer_team"),
            models.Index(fields=["province", "id"], name="customer_province"),
            models.Index(fields=["industry", "id"], name="customer_industry"),
            models.Index(fields=["name", "id"], name="customer_name"),
            models.Index(fields=["last_contact_at", "id"], name="customer_last_contact"),
            # What lists are filtered by, read within a team in the order of the scores' own such index.
            models.Index(
                fields=[
                    *("team", "id", "owner", "deleted_at", "province", "industry", "city", "size"),
                    *("customer_type", "business_model", "kind", "gender", "country", "source"),
                ],
                name="customer_facets",
            ),
            *birthday_indexes("customer"),
            models.Index(
                fields=["merged_into"],
                condition=models.Q(merged_into__isnull=False),
                name="customer_merged_into",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContactQuerySet(RowsOfCustomers["Contact"]):
    def deleted(self, user: Any) -> ContactQuerySet:
        """What lies in the recycle bin; the contacts of a deleted customer come back with it."""
        return self.visible_to(user).filter(deleted_at__isnull=False)


# A base class that a call makes is beyond the checker.
class LivingContacts(models.Manager.from_queryset(ContactQuerySet)):  # type: ignore[misc]
    """Contacts that nobody deleted: the ones that every page and every other room means."""

    def get_queryset(self) -> ContactQuerySet:
        return super().get_queryset().filter(deleted_at__isnull=True)


class Contact(Celebrated):
    """A person at a customer."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="contacts", verbose_name=_("customer")
    )
    external_key = models.CharField(max_length=120, null=True, blank=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=16, choices=ContactRole, blank=True)
    title = models.CharField(_("job title"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_key = models.CharField(max_length=20, blank=True, db_index=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True, db_index=True)
    preferred_channel = models.CharField(
        _("preferred channel"), max_length=10, choices=Channel, blank=True, default="", db_default=""
    )
    is_primary = models.BooleanField(_("main contact"), default=False)
    birthday_calendar = models.CharField(
        _("birthday calendar"), max_length=8, choices=BirthdayCalendar, null=True, blank=True
    )
    custom = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = LivingContacts()
    #: With the deleted ones, for the recycle bin.
    everything = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["-is_primary", "id"]
        verbose_name = _("contact")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "external_key"],
                condition=models.Q(external_key__isnull=False, deleted_at__isnull=True),
                name="contact_external_key",
            )
        ]
        indexes = birthday_indexes("contact")

    def __str__(self) -> str:
        return self.name


class CustomFieldQuerySet(models.QuerySet["CustomField"]):
    def living(self, entity: str = "customer") -> CustomFieldQuerySet:
        """The fields of an entity that are not archived, in their order."""
        return self.filter(entity=entity, archived_at__isnull=True)


class CustomField(models.Model):
    """A field that the company added: where it belongs, its type and its label."""

    entity = models.CharField(max_length=20, default="customer")
    key = models.SlugField(max_length=60)
    label = models.CharField(_("label"), max_length=80)
    label_en = models.CharField(_("English label"), max_length=80, blank=True, default="", db_default="")
    field_type = models.CharField(_("field type"), max_length=8, choices=FieldType, default=FieldType.TEXT)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    required = models.BooleanField(_("required"), default=False, db_default=False)
    section = models.CharField(_("section"), max_length=80, blank=True, default="", db_default="")
    position = models.PositiveIntegerField(_("place"), default=0)
    # An archived field is asked and shown nowhere; its values stay and come back with it.
    archived_at = models.DateTimeField(null=True)

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["entity", "key"], name="custom_field_key")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The label in the reader's language."""
        english = not (get_language() or "").startswith("zh")
        return self.label_en if english and self.label_en else self.label


class CustomerListQuerySet(models.QuerySet["CustomerList"]):
    def visible_to(self, user: Any) -> CustomerListQuerySet:
        """Own lists and those that colleagues share; which members show depends on the customers."""
        if not allowed(user, "customers.view"):
            return self.none()
        return self.filter(models.Q(owner_id=user.pk) | models.Q(shared=True))


class CustomerList(models.Model):
    """Customers put together by hand, under a name. A list for a treatment asks for a hold-out."""

    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="customer_lists",
        verbose_name=_("created by"),
    )
    shared = models.BooleanField(_("shared with all colleagues"), default=False)
    for_treatment = models.BooleanField(_("for a treatment"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = CustomerListQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("customer list")
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="customer_list_name")]

    def __str__(self) -> str:
        return self.name


class ListMemberQuerySet(models.QuerySet["ListMember"]):
    def visible_to(self, user: Any) -> ListMemberQuerySet:
        lists = CustomerList.objects.visible_to(user)
        return self.filter(list__in=lists, customer__in=Customer.objects.visible_to(user))


class ListMember(models.Model):
    """One customer in one list."""

    list = models.ForeignKey(CustomerList, models.CASCADE, related_name="members")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="list_places")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(_("added"), auto_now_add=True)

    objects = ListMemberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "customer"], name="list_member_once")]

    def __str__(self) -> str:
        return f"{self.list_id} {self.customer_id}"
