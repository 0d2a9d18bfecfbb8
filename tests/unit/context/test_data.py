"""Two kinds of text: the service's own words, and data, which cannot leave its quotes."""

import json
import unicodedata
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tipbandit.context.data import DATA_RULE, Phrase, cleaned, printed, quoted
from tipbandit.context.model import ContextModel

_ANYTHING = st.text(st.characters(exclude_categories=()))
"""Lone surrogates too, which some JSON readers let through."""
_FALLING_TOGETHER = st.text("e\u0301\u0323\u1100\u1161\u200b\u00ad\u200d\ue000\ud800 \n")
"""Characters that make one where nothing stands between them, and what may stand between them."""
_UNSEEN: Final = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_FAMILY: Final = "\U0001f469\u200d\U0001f469\u200d\U0001f467"


class _Said(ContextModel):
    words: Phrase


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Pay the rent", "Pay the rent"),
        ("  two\t\tlines\r\nand\x0bmore  ", "two lines and more"),
        ("a\x00b\x1bc\x7fd\x9be", "a b c d e"),
        ("left\u202eright\u2066in\u2069out", "leftrightinout"),
        ("zero\u200bwidth\ufeffmark", "zerowidthmark"),
        ("tag\U000e0041\U000e0042s", "tags"),
        ("private\ue000use\U000f0000", "privateuse"),
        ("not\u0378assigned", "not\u0378assigned"),
        ("half\ud800a\udfffpair", "halfapair"),
        ("line\u2028paragraph\u2029next\x85end", "line paragraph next end"),
        ("caf\u0065\u0301", "caf\u00e9"),
        ("\u200b\u2060\x00\u202e", ""),
        ("", ""),
        (f"for the {_FAMILY}", f"for the {_FAMILY}"),
        (
            "\u2615\ufe0f \U0001f44d\U0001f3fd \U0001f1ef\U0001f1f5",
            "\u2615\ufe0f \U0001f44d\U0001f3fd \U0001f1ef\U0001f1f5",
        ),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("so\u00adft", "soft"),
        ("caf\u0065\u200b\u0301", "caf\u00e9"),
        ("\u200d \u200c\u200d", ""),
    ],
)
def test_a_text_is_cleaned_of_what_nobody_sees(text: str, clean: str) -> None:
    """The joiners stay: the family is three people with joiners between, Hindi and Persian are written with them.

    What this version of Unicode does not know may be an emoji of the next.
    """
    assert cleaned(text) == clean


@given(_ANYTHING | _FALLING_TOGETHER)
def test_a_cleaned_text_is_one_line_of_composed_characters_that_can_be_seen(text: str) -> None:
    clean = cleaned(text)
    assert [char for char in clean if char not in "\u200c\u200d" and unicodedata.category(char) in _UNSEEN] == []
    assert clean == " ".join(clean.split()) == unicodedata.normalize("NFC", clean)
    assert clean.encode().decode() == clean


@given(_ANYTHING | _FALLING_TOGETHER)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)


@given(st.text(st.characters(categories=("L", "N", "P", "S"))))
def test_cleaning_takes_nothing_from_what_can_be_seen(text: str) -> None:
    assert cleaned(text) == unicodedata.normalize("NFC", text)


@given(_ANYTHING)
def test_a_quoted_text_is_read_back_as_it_was(text: str) -> None:
    assert json.loads(quoted(text)) == text


@given(_ANYTHING | st.text('<>[]{}`"\\\x7f\x85\u2028\u2029\n\r\x0b\x0c\x1c'))
def test_a_quoted_text_is_one_line_and_opens_nothing(text: str) -> None:
    quote = quoted(text)
    assert not set("<>[]{}`") & set(quote)
    assert quote.splitlines() == [quote]
    assert (quote[0], quote[-1]) == ('"', '"')


@given(_ANYTHING | st.text('"\\a'))
def test_every_quote_inside_a_quoted_text_is_escaped(text: str) -> None:
    """So is every backslash: after taking out the escaped pairs, neither is left between the outer quotes."""
    inside = quoted(text)[1:-1]
    rest = inside.replace("\\\\", "").replace('\\"', "")
    assert '"' not in rest


@given(_ANYTHING, _ANYTHING)
def test_two_quoted_texts_side_by_side_are_two_texts(one: str, other: str) -> None:
    decoder = json.JSONDecoder()
    first, end = decoder.raw_decode(quoted(one) + quoted(other))
    second, _ = decoder.raw_decode(quoted(one) + quoted(other), end)
    assert (first, second) == (one, other)


def test_what_could_be_taken_for_a_tag_a_template_or_a_role_is_escaped() -> None:
    assert quoted("<a>[b]{c}`") == r'"\u003ca\u003e\u005bb\u005d\u007bc\u007d\u0060"'
    assert quoted("<|im_start|>") == r'"\u003c|im_start|\u003e"'


def test_other_scripts_stay_readable() -> None:
    assert quoted("Z\u00fcrich \u65e5\u672c \U0001f3b7") == '"Z\u00fcrich \u65e5\u672c \U0001f3b7"'


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Phrase("due in 5 hours"), "due in 5 hours"),
        (Phrase('say "{{ x }}"'), 'say "{{ x }}"'),
        ("Pay the rent", '"Pay the rent"'),
        ("", '""'),
        ("None", '"None"'),
        (0, "0"),
        (-3, "-3"),
        (0.5, "0.5"),
        (5.0, "5"),
        (1 / 3, "0.333333"),
        (-87_600.0, "-87600"),
    ],
)
def test_phrases_and_numbers_are_printed_as_they_are_and_all_other_text_in_quotes(value: object, shown: str) -> None:
    assert printed(value) == shown


@pytest.mark.parametrize("value", [None, True, False, [], ["a"], (), {}, {"a": 1}, b"bytes", 1j, object(), str, len])
def test_nothing_else_is_printed(value: object) -> None:
    with pytest.raises(TypeError, match="texts and numbers only"):
        printed(value)


def test_what_is_made_of_a_phrase_is_no_phrase() -> None:
    """So that a phrase joined with a user's text, or cut, is quoted."""
    phrase = Phrase("due")
    made = [phrase + "x", "x" + phrase, f"{phrase}", phrase[:2], phrase.upper(), phrase * 2, phrase.join(["a", "b"])]
    assert [type(each) for each in made] == [str] * 7
    assert printed(phrase + " now") == '"due now"'


@pytest.mark.parametrize("value", ["plain text", 5, None, b"bytes", ["due"]])
def test_a_field_for_the_service_s_own_words_refuses_all_else(value: object) -> None:
    with pytest.raises(ValidationError, match="instance of Phrase"):
        _Said.model_validate({"words": value})


def test_text_of_a_caller_never_becomes_a_phrase_by_way_of_json() -> None:
    with pytest.raises(ValidationError, match="words"):
        _Said.model_validate_json('{"words": "due in 5 hours"}')


def test_a_field_for_the_service_s_own_words_keeps_a_phrase() -> None:
    assert type(_Said(words=Phrase("due")).words) is Phrase


def test_the_rule_about_data_holds_no_quotes_of_its_own() -> None:
    assert '"' not in DATA_RULE
    assert "double quotes" in DATA_RULE
