"""Nothing that runs survives the cleaning of rich text; what people write does."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.platform import rich_text

FRAGMENTS = [
    "<script>", "</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<b>", "</b>", "<a href=",
    "javascript:alert(1)", "JaVaScRiPt:", "java\tscript:", "java&#115;cript:", "&#x6A;avascript:", "data:text/html,",
    "vbscript:", "\"", "'", ">", "<", "</a>", "<a href='https://example.com' onclick='x()'>", "style=", "<style>",
    "expression(", "<iframe srcdoc=", "<math><mtext></p><style>", "<template>", "<!--", "-->", "<![CDATA[", "&lt;script&gt;",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "\0", "\u2028", "<form action=", "<input autofocus onfocus=",
    "<p", " onmouseover=alert(1) ", "<base href=", "<meta http-equiv=refresh content=0>", "文字", "<li>", "<ul>",
]  # fmt: skip
HTML = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=14).map("".join)


class Reader(HTMLParser):
    """What a browser would find: tags, attributes and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _value in attrs}
        self.addresses += [value or "" for name, value in attrs if name == "href"]


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


@settings(max_examples=600, deadline=None)
@given(HTML)
def test_no_script_no_handler_and_no_running_address_survives(text):
    for cleaned in (rich_text.clean(text), str(rich_text.shown(rich_text.clean(text)))):
        found = read(cleaned)
        assert found.tags <= rich_text.TAGS
        assert found.attributes <= {("a", "href"), ("a", "rel")}
        for address in found.addresses:
            folded = "".join(address.split()).lower()
            scheme = folded.partition(":")[0] if ":" in folded else ""
            assert not scheme or scheme in rich_text.SCHEMES or "/" in scheme, address


@settings(max_examples=200, deadline=None)
@given(HTML)
def test_cleaning_twice_changes_nothing_more(text):
    once = rich_text.clean(text)
    assert rich_text.clean(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "<p><b>重要</b>：下周<i>回访</i></p>",
        "<ul><li>报价</li><li>合同</li></ul>",
        "<ol><li>一</li></ol>",
    ],
)
def test_what_people_write_stays(text):
    assert rich_text.clean(text) == text


def test_a_link_stays_and_tells_the_other_side_nothing():
    cleaned = rich_text.clean('<a href="https://example.com/a" target="_blank" onclick="x()">报价</a>')
    assert cleaned == '<a href="https://example.com/a" rel="noopener noreferrer nofollow">报价</a>'


def test_words_are_the_text_line_by_line():
    assert rich_text.words("<p>一<b>二</b></p><ul><li>三 &amp; 四</li></ul>") == "一二\n三 & 四"
