"""How names, phones and numbers are cut, and what a query asks for."""

from zhike.crm.customers.search_tokens import (
    Term,
    code_tokens,
    email_tokens,
    folded,
    name_tokens,
    phone_tokens,
    query_terms,
)


def test_every_chinese_character_is_a_token_in_the_order_of_the_name():
    assert name_tokens("上海远达")[:4] == ["上", "海", "远", "达"]


def test_pinyin_and_initials_start_at_every_syllable():
    tokens = set(name_tokens("上海远达"))
    assert {"shanghaiyuanda", "haiyuanda", "yuanda", "da", "shyd", "hyd", "yd", "d"} <= tokens


def test_a_surname_is_read_as_a_surname_and_as_the_common_word():
    assert {"zengwei", "cengwei"} <= set(name_tokens("曾伟"))


def test_capitals_full_width_and_accents_do_not_matter():
    assert folded("ＣAFÉ") == "cafe"
    assert name_tokens("Café ＡＢＣ") == ["cafe", "abc"]


def test_a_phone_is_found_by_any_three_digits():
    tokens = phone_tokens("+86 138-0013-8000")
    assert "13800138000" in tokens
    assert "8000" in tokens
    assert "000" in tokens


def test_a_number_and_an_address_are_found_by_their_parts():
    assert "00123" in code_tokens("KH00123")
    assert email_tokens("Li.Na@example.com") == ["li", "na", "example", "com"]


def test_a_query_of_digits_is_a_phone_fragment_however_it_is_written():
    assert query_terms("138 0013") == [Term("1380013", phrase=False)]
    assert query_terms("+86-138 0013 8000") == [Term("13800138000", phrase=False)]


def test_a_mixed_query_asks_for_all_of_its_parts():
    assert query_terms("远达 abc") == [Term("远达", phrase=True), Term("abc", phrase=False)]
    assert query_terms("客户ABC") == [Term("客户", phrase=True), Term("abc", phrase=False)]


def test_a_query_without_letters_or_digits_asks_for_nothing():
    assert query_terms(' "*():| ') == []
