"""Who has an occasion on which day, and who is left in peace."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.care.conftest import TODAY, person, rule
from factories import make_customer
from zhike.analytics.calendars import Birthday, Rules, between, birthday_of
from zhike.crm.care import planner
from zhike.crm.care.models import OwnDate
from zhike.crm.customers.models import Contact, CustomField

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def found(one, first: date = TODAY, last: date | None = None, **options):
    options.setdefault("rules", Rules())
    return planner.find(one, first, last or first, **options)


def names(one, *span, **options) -> list[str]:
    return [each.person.name for each in found(one, *span, **options)]


def test_a_solar_birthday_is_found_on_its_day_alone():
    person("甲", born="1980-02-04")
    birthdays = rule()
    assert names(birthdays) == ["甲"]
    assert names(birthdays, TODAY + timedelta(days=1)) == []


def test_a_lunar_birthday_is_found_by_the_moon():
    # 2026-02-16 is the last day, 腊月廿九, of the lunar year 2025.
    thirtieth = person("除夕生", born="1990-01-26", lunar=True)
    assert birthday_of(thirtieth.birthday, lunar=True) == Birthday(12, 30, True)
    (one,) = found(rule(), date(2026, 2, 16))
    assert one.customer == thirtieth
    assert one.key == f"c{thirtieth.pk}:birthday:2025"


def test_month_and_day_alone_are_enough():
    person("阴历", birthday_month=12, birthday_day=17, lunar=True)
    person("阳历", birthday_month=2, birthday_day=4)
    assert sorted(names(rule())) == ["阳历", "阴历"]


def test_contacts_have_birthdays_too():
    company = make_customer("上海远达")
    Contact.objects.create(customer=company, name="李经理", birthday=date(1985, 2, 4))
    assert names(rule()) == ["李经理"]
    assert names(rule(for_contacts=False)) == []


def test_who_died_mourns_or_wants_no_greetings_is_left_in_peace():
    person("逝者", born="1980-02-04", deceased_on=date(2025, 1, 1))
    person("居丧", born="1980-02-04", bereaved_until=TODAY)
    person("不扰", born="1980-02-04", no_care_since=date(2025, 1, 1))
    person("已满", born="1980-02-04", bereaved_until=TODAY - timedelta(days=1))
    silent = make_customer("不扰公司", no_care_since=date(2025, 1, 1))
    Contact.objects.create(customer=silent, name="赵", birthday=date(1985, 2, 4))
    shop = make_customer("公司")
    Contact.objects.create(customer=shop, name="钱", birthday=date(1985, 2, 4), deceased_on=date(2025, 1, 1))
    assert names(rule()) == ["已满"]
    assert sorted(names(rule("lantern"), date(2026, 3, 3))) == ["公司", "已满"]


def test_deleted_customers_and_contacts_have_no_occasions():
    person("删", born="1980-02-04", deleted_at="2026-01-01T00:00:00Z")
    company = make_customer("公司")
    Contact.objects.create(
        customer=company, name="删", birthday=date(1985, 2, 4), deleted_at="2026-01-01T00:00:00Z"
    )
    assert names(rule()) == []


def test_under_fourteen_needs_a_guardian():
    person("小明", born="2014-02-04")
    person("小红", born="2014-02-04", guardian_consent_on=date(2026, 1, 1))
    person("大刚", born="2010-02-04")
    minors = {one.person.name: one.is_minor for one in found(rule())}
    assert minors == {"小明": True, "小红": False, "大刚": False}


def test_an_own_date_comes_back_by_its_calendar():
    customer = make_customer("公司")
    OwnDate.objects.create(customer=customer, label="开业", on=date(2020, 2, 4))
    OwnDate.objects.create(customer=customer, label="乔迁", on=date(2026, 2, 4), yearly=False)
    OwnDate.objects.create(customer=customer, label="旧事", on=date(2020, 2, 4), yearly=False)
    moon = birthday_of(TODAY, lunar=True)
    OwnDate.objects.create(customer=customer, label="结婚", on=date(2016, 1, 26), calendar="lunar")
    assert birthday_of(date(2016, 1, 26), lunar=True) == moon
    assert sorted(one.label for one in found(rule("own_date"))) == ["乔迁", "开业", "结婚"]


def test_a_date_in_an_own_field_comes_every_year():
    CustomField.objects.create(key="contract_end", label="合同到期", field_type="date")
    make_customer("到期", custom={"contract_end": "2026-02-04"})
    make_customer("周年", custom={"contract_end": "2023-02-04"})
    make_customer("将来", custom={"contract_end": "2027-02-04"})
    ends = rule("date_field", field_key="contract_end")
    assert sorted(names(ends)) == ["到期", "周年"]
    assert {one.label for one in found(ends)} == {"合同到期"}


def test_the_day_of_becoming_a_customer_has_an_anniversary():
    customer = make_customer("老客户")
    type(customer).objects.filter(pk=customer.pk).update(
        created_at="2023-02-03T17:00:00Z"
    )  # 02-04 in Shanghai
    make_customer("新客户")
    (one,) = found(rule("member_since"))
    assert (one.person.name, one.years) == ("老客户", 3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    births=st.lists(
        st.tuples(st.dates(date(1940, 1, 1), date(2012, 12, 31)), st.booleans()), min_size=1, max_size=8
    ),
    first=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    length=st.integers(0, 40),
    leap=st.sampled_from(["leap", "regular", "both"]),
)
def test_the_store_finds_exactly_what_the_calendar_says(births, first, length, leap):
    from zhike.crm.customers.models import Customer

    Customer.objects.update(deleted_at="2026-01-01T00:00:00Z")
    last, rules = first + timedelta(days=length), Rules(leap=leap)
    expected = []
    for number, (born, lunar) in enumerate(births):
        customer = person(f"{number}", born=born.isoformat(), lunar=lunar)
        expected += [
            (customer.pk, one.on) for one in between(birthday_of(born, lunar=lunar), first, last, rules)
        ]
    birthdays = rule()
    assert sorted((one.customer.pk, one.on) for one in found(birthdays, first, last, rules=rules)) == sorted(
        expected
    )
    birthdays.delete()
