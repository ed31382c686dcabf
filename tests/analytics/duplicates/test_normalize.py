"""The same customer gets the same key, however written; different ones stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.analytics.duplicates import company_key, company_name, email_key, person_key, phone_key, pinyin_key
from zhike.analytics.tabular import open_table


@pytest.mark.parametrize(
    "name",
    [
        "上海知客科技有限公司",
        "上海知客科技（有限公司）",
        "上海市知客科技股份有限公司",
        " 上海知客科技 有限公司 ",
        "上海知客科技有限责任公司",
        "上海知客科技",
        "上海知客・科技有限公司",
    ],
)
def test_one_company_has_one_key(name):
    assert company_key(name) == "上海知客科技"


@pytest.mark.parametrize(
    "name", ["Acme Co., Ltd.", "ACME Company Limited", "acme inc", "ＡＣＭＥ", "Acme, Inc.", "Acme (Ltd)"]
)
def test_one_english_company_has_one_key(name):
    assert company_key(name) == "acme"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("北京知客科技有限公司", "上海知客科技有限公司"),
        ("华为技术有限公司北京分公司", "华为技术有限公司"),
        ("华为技术有限公司北京分公司", "华为技术有限公司深圳分公司"),
        ("中国银行", "中国农业银行"),
        ("Acme Steel Ltd", "Acme Foods Ltd"),
    ],
)
def test_different_companies_keep_different_keys(left, right):
    assert company_key(left) != company_key(right)


def test_a_company_name_is_taken_apart():
    found = company_name("中国工商银行股份有限公司上海分行")
    assert (found.core, found.form, found.branch) == ("中国工商银行", "股份有限公司", "上海分行")


def test_a_name_that_is_nothing_but_a_form_keeps_something_to_compare():
    assert all(company_key(name) for name in ("有限公司", "公司", "Ltd"))


def test_persons():
    assert person_key("张 三") == person_key("张三先生") == person_key("张三") == "张三"
    assert person_key("John A. Smith") == person_key("Smith, John A") == person_key("Mr. John A Smith")
    assert person_key("José García") == person_key("garcia jose")
    assert person_key("欧阳·娜娜") == person_key("欧阳娜娜")
    assert person_key("张三") != person_key("张珊")


def test_names_that_sound_alike_share_their_pinyin():
    assert pinyin_key("王伟") == pinyin_key("王维") == "wangwei"


def test_phones_and_mails():
    assert phone_key("+86 138-0013-8000") == phone_key("13800138000") == "+8613800138000"
    assert phone_key("1.38E+10") == phone_key("") == phone_key("abc") == ""
    assert email_key("Zhang+news@Example.com") == "zhang@example.com"
    assert email_key("none") == ""


@given(st.text(max_size=40))
def test_keys_never_fail_and_are_stable(text):
    for key in (company_key, person_key, phone_key, email_key):
        assert key(text) == key(" " + text + "\u3000")


def test_few_of_the_real_short_names_collide(data_dir):
    names = list(open_table(data_dir / "china_reference/company_short_names.csv.gz").rows())[:20_000]
    distinct = {row.cells[0] for row in names}
    keys = {company_key(name) for name in distinct}
    assert "" not in keys
    assert len(keys) > 0.97 * len(distinct)
