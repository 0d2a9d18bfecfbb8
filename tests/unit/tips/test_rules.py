"""What a tip's text may hold and what it may not."""

import unicodedata
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipbandit.tips.rules import FAULTS, faults, one_line

_FAMILY: Final = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
_ANYTHING = st.text(st.characters(exclude_categories=()))
_WORDS = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=8)
_GOOD: Final = (
    "Drink a glass of water.", "Take five, e.g. by the window.", "At 9 a.m. call your sister; at 8 p.m. rest.",
    "Walk 3.5 km today.", "Put 1,000.50 aside.", "Version 1.2.3 is out: read the notes.",
    "5 < 6, so take the stairs.", "5<6 and 7>6.", "Less is more: tasks <3 a day.", "I <3 lists.",
    "Wait... then breathe.", "Wait...what is first?", "Wait\u2026then go.", "Open 24/7: either/or, and/or, w/o fuss.",
    "It's \u201cdone\u201d, isn't it?", 'Say "no" once.', "Rename the snake_case file.", "Save 50 % of the time.",
    "R&D, Q&A and AT&T can wait.", "Practise C++ and C# daily.", "Give it 5 stars*", "Do 2 * 3 * 4 push-ups.",
    "2*3 minutes.", "Tidy up #1 on your list.", "#focus for ten minutes", "Spend $5 (or \u20ac5) less.",
    "Read at home @ 8.", "@home: water the plants.", "Meet at 8:30, leave at 9:00.", "Note: call back. Re: the rent.",
    "Either way :) or :-( or :/ it counts.", "[Optional] stretch (two minutes).",
    "Do it now! Really? Yes; do - it \u2013 now \u2014 please.", "Plan B, the U.S.A. way, says the Ph.D.",
    "1st, 2nd, 3rd.", "10 min \u2260 1 h, \u2265 5 is fine, 20 \u00b0C, \u00bd an hour.", "No. 5 is next, p. 12.",
    "Mr. Smith, Dr. No, St. John.",
    f"For the {_FAMILY}",
    "\U0001f44d\U0001f3fd \u2764\ufe0f\u200d\U0001f525 1\ufe0f\u20e3 \U0001f1ef\U0001f1f5 \u2615\ufe0f",
    "\U0001f4a7", "Ruf deine Gro\u00dfmutter an, z. B. heute, d.h. jetzt.", "TV:n ääressä 25.12. klo 9.30.",
    "اشرب كوب ماء الآن، لو سمحت؟",
    "मेज़ साफ़ करें।", "\u0915\u094d\u200d\u0937\u092e\u093e",
    "水を一杯飲みましょう。今日は、外へ。",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u06cc\u062f \u0642\u062f\u0645 \u0628\u0632\u0646\u06cc\u062f\u061f",
    "\u0e14\u0e37\u0e48\u0e21\u0e19\u0e49\u0e33\u0e2a\u0e31\u0e01\u0e41\u0e01\u0e49\u0e27",
    "\u559d\u676f\u6c34\u5427\uff01\uff08\u73b0\u5728\uff09", "물을 마세요.", "Позвони маме.", "Πιες νερό.",
)  # fmt: skip
_LINKS: Final = (
    "https://example.com", "See HTTP://EXAMPLE.COM now", "go to example.com", "example.com.", "(example.com)",
    "www.example", "WWW.example", "sub.domain.co.uk/path?x=1#y", "example.com:8080", "a-b.example", "a_b.example",
    "ftp://x", "ssh://x", "custom+scheme.v1://x", "x:/y", "hxxps://evil", "javascript:alert(1)", "JavaScript:x",
    "data:text/html", "vbscript:x", "mailto:ann", "tel:+41000", "sms:5", "geo:1,2", "file:x", "about:blank",
    "view-source:x", "blob:x", "urn:x", "magnet:?xt", "whatsapp:x", "facetime:x", "intent:x", "bitcoin:1A",
    "//example/x", "see //x", r"\\host\share", "192.0.2.1", "192.168.000.001:80/x", "http://3232235777",
    "http://[::1]/", "https:example.com", "http:\\\\x", "[x]: https://x", "report.pdf", "open notes.zip", "song.mp3",
    "index.html", "setup.exe", "a.py", ".hidden.txt", "Node.js", "done.Then", "b\u00fccher.example",
    "xn--bcher-kva.xn--p1ai", "a.xn--p1ai", "пример.рф", "例え.テスト", "مثال.إختبار", "उदाहरण.भारत", "ไทย.ไทย",
    "சி.இந்தியா", "\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45\uff0e\uff43\uff4f\uff4d", "example\uff0ecom",
    "example\u3002com", "example\uff61com", "example\u2024com", "\uff48\uff54\uff54\uff50\uff1a\uff0f\uff0f\uff58",
    "http\ufe55//x", "\U0001d4ee\U0001d501\U0001d4ea.\U0001d4ec\U0001d4f8\U0001d4f6",
    "\u24d4\u24e7.\u24d2\u24de\u24dc", "exam\u200dple.com", "example.\u200dcom", "example\u200c.com",
    "example.\u0301com", "exa\u0336mple.c\u0336om", "w\u200cww.x", "java\u200dscript:x", "\u2603.net", "i\u2764.ws",
    "\U0001f4a9.la", "\u2764\ufe0f.ws", "1\ufe0f\u20e3.com", "\u013f.com",
)  # fmt: skip
_ADDRESSES: Final = (
    "ann@example", "Write to ann@localhost", "ann.b+c@x", "ann\uff20x", "ann\ufe6bx", "ann\u200d@\u200dx", "ann(at)x",
    "ann (AT) x", "ann [at] x", "@a@b", "\u00e4@\u00f6",
)  # fmt: skip
_MARKUP: Final = (
    "<b>", "a <i>b</i>", "</b>", "<!-- x", "<!DOCTYPE", "<?php", "<% x", "<A HREF", "<br/>", "a<b", "<@U123>",
    "<#C123>", "\uff1cb\uff1e", "\ufe64b", "<\u200db", "&amp;", "&lt;b", "&#60;", "&#x3C;", "&#X3c;", "&nbsp;x",
    "\uff06lt;", "`x`", "a ` b", "```", "**x**", "a**", "__x__", "~~x~~", "[x](y)", "![x](y)", "[x][1]", "[b]x[/b]",
    "[url=x]y[/url]", "# Title", "### Title", "- item", "* item", "+ item", "> quote", "1. item", "12) item", "*x*",
    "an *x* word", "_x_", "an _x y_ word", "{{ x }}", "x }}", "{{", "{% x %}", "%}", "{# x #}", "${x}",
    "\uff5b\uff5bx", "\u207a item",
)  # fmt: skip
_HIDDEN: Final = (
    "a\x00b", "a\x1bb", "a\x7fb", "a\x9bb", "a\u200bb", "a\u2060b", "a\ufeffb", "a\u00adb", "a\u180eb", "a\u061cb",
    "a\u200eb", "a\u200fb", "a\u202eb", "a\u202ab", "a\u202cb", "a\u2066b", "a\u2069b", "a\u2028b", "a\u2029b",
    "a\U000e0041b", "a\U000e0001b", "a\ue000b", "a\U000f0000b", "a\U0010fffdb", "a\ud800b", "a\udfffb", "a\u0378b",
    "a\ufdd0b", "a\uffffb", "a\ufff9b", "a\u034fb", "a\u115fb", "a\u1160b", "a\u17b4b", "a\u2800b", "a\u3164b",
    "a\uffa0b", "a\ufe00b", "a\ufe0db", "a\U000e0100b", "a\U000e01efb", "a\u200c\u200d\u200cb",
    "a\u200d\u200d\u200db", "\U0001f3f4\U000e0067\U000e007f", "a\ufe0f\ufe0f\ufe0fb", "a\u2064b", "a\u206ab",
    "a\U0001d173b",
)  # fmt: skip
_BLANK: Final = (
    "...",
    "\u2026",
    "-",
    "---",
    "?!",
    "\u200d",
    "\u200c\u200d",
    "\ufe0f",
    "\u0301",
    "_",
    "()",
    "\u3001\u3002",
)


@pytest.mark.parametrize("text", _GOOD)
def test_plain_text_of_any_language_passes(text: str) -> None:
    assert faults(text) == []
    assert faults(one_line(text)) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("link", text) for text in _LINKS),
        *(("address", text) for text in _ADDRESSES),
        *(("markup", text) for text in _MARKUP),
        *(("control", text) for text in _HIDDEN),
        *(("blank", text) for text in _BLANK),
    ],
    ids=ascii,
)
def test_what_an_app_or_a_reader_could_be_misled_by_is_refused_and_named(kind: str, text: str) -> None:
    assert kind in faults(text)


@pytest.mark.parametrize("text", [*_LINKS, *_ADDRESSES], ids=ascii)
def test_it_is_refused_in_the_middle_of_a_sentence_too(text: str) -> None:
    assert faults(f"Have a look: {text} , and then rest.") != []
    assert faults(f"\u8981 {text} \u3002") != []


@given(_WORDS, _WORDS, st.sampled_from([".com", ".io", ".\u4e2d\u56fd", ".info/x", ".museum"]))
def test_any_word_with_a_domain_is_a_link_whatever_stands_around(before: str, label: str, domain: str) -> None:
    assert "link" in faults(f"{before} {label}{domain}")
    assert "link" in faults(f"{before} {label}{domain}, {before}")


@given(st.sampled_from(_LINKS + _ADDRESSES + _MARKUP), st.data())
def test_a_joiner_somewhere_inside_hides_nothing(text: str, data: st.DataObject) -> None:
    """A text that is refused stays refused with a joiner between any two of its characters."""
    place = data.draw(st.integers(0, len(text)))
    joiner = data.draw(st.sampled_from(["\u200d", "\u200c", "\u200b", "\u00ad", "\ufe0f"]))
    assert faults(text[:place] + joiner + text[place:]) != []


@pytest.mark.parametrize("text", ["an *x*\u200dy word", "a\u200dtel:1", "1.2.3.4\u200d5"])
def test_a_joiner_beside_it_makes_it_no_part_of_a_longer_word(text: str) -> None:
    assert faults(text) != []


@pytest.mark.parametrize("mark", ["\u0323", "\u0336", "\u064b", "\u0e48", "\u20dd"])
def test_no_more_than_four_marks_stand_upon_a_letter(mark: str) -> None:
    """As many as some scripts need; a hundred would cover the lines above and below."""
    assert "marks" not in faults(f"x{mark * 4} y{mark * 4}")
    assert "marks" in faults(f"x{mark * 5}")
    assert "marks" in faults(f"Walk {mark * 100} now")


@given(_ANYTHING)
def test_a_text_without_faults_shows_all_there_is_to_it(text: str) -> None:
    if not faults(text):
        kept = [char for char in text if char not in "\u200c\u200d"]
        assert [char for char in kept if unicodedata.category(char)[0] == "C" or char in "\u2028\u2029"] == []
        assert any(unicodedata.category(char)[0] in "LNS" for char in kept)
        assert not set("`") & set(unicodedata.normalize("NFKC", text))


@given(_ANYTHING)
def test_faults_are_named_once_and_all_have_their_sentence(text: str) -> None:
    found = faults(text)
    assert len(set(found)) == len(found)
    assert set(found) <= set(FAULTS)


@given(_ANYTHING)
def test_a_text_on_one_line_has_no_white_space_but_single_spaces_and_stays_as_it_is(text: str) -> None:
    line = one_line(text)
    assert line == " ".join(line.split()) == unicodedata.normalize("NFC", line)
    assert one_line(line) == line
    assert line.splitlines() in ([], [line])


def test_line_breaks_and_tabs_become_spaces_and_all_else_stays() -> None:
    assert one_line(" Two\n\nlines\tand\u2028\u3000more\x85\x1f. ") == "Two lines and more ."
    assert one_line("a\u200bb") == "a\u200bb"
    assert one_line("e\u0301") == "\u00e9"


def test_all_that_is_wrong_with_a_text_is_named() -> None:
    assert faults("\u202e <b>ann@example.com</b>") == ["control", "link", "address", "markup"]
    assert faults("") == ["blank"]
