"""Cards: nothing on them is typed, and nothing that was measured is left out."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.cards import cases

import tipbandit_lab.cards
from tipbandit_lab.cards.card import dumps, loads
from tipbandit_lab.cards.page import html, markdown
from tipbandit_lab.cards.sections import Happened
from tipbandit_lab.report.numbers import NONE

_TEMPLATES: Final = Path(tipbandit_lab.cards.__file__).parent
_NOT_SHOWN: Final = re.compile(
    r"prior_about|affected|possible|parameter|same$|passed|threshold|/format$|users/\d+/|seeds"
    r"|logged/findings"
)
"""Numbers of a card that a page has no place for: what logged data say to each criterion is there as a sentence."""


def _numbers(value: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - whatever JSON can hold
    """Yield the paths of all numbers."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _numbers(each, f"{path}/{name}")
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _numbers(each, f"{path}/{place}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


def _changed(said: Any, path: str) -> Any:  # noqa: ANN401 - as above
    """Return JSON with one number another."""
    copy = json.loads(json.dumps(said))
    *way, last = path.strip("/").split("/")
    place = copy
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    key: Any = int(last) if isinstance(place, list) else last
    place[key] = place[key] * 1.37 + 1 if isinstance(place[key], float) else place[key] + 100
    return copy


SAID: Final = json.loads(dumps(cases.card()))
SHOWN: Final = [path for path in _numbers(SAID) if not _NOT_SHOWN.search(path)]


def test_there_are_numbers_to_be_shown() -> None:
    assert len(SHOWN) > 60


@pytest.mark.parametrize("path", SHOWN)
def test_another_number_is_another_page(path: str) -> None:
    other = loads(json.dumps(_changed(SAID, path)).encode())
    assert markdown(other) != markdown(cases.card()), path
    assert html(other) != html(cases.card()), path


@pytest.mark.parametrize("template", ["card.md.j2", "card.html.j2"])
def test_no_template_holds_a_number(template: str) -> None:
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    said = re.sub(r"\{[{%].*?[%}]\}|<[^>]*>", "", text, flags=re.DOTALL)
    assert not re.search(r"\d", said)


def test_every_number_of_the_page_can_be_found_in_the_card() -> None:
    """A number is found if some number of the card is it, rounded as the page rounds, or it stands in a text of it."""
    values = [_at(SAID, path) for path in _numbers(SAID)]
    overlaps = (SAID["evaluation"]["overlap"], SAID["evaluation"]["incumbent_overlap"])
    derived = [
        *(100 * each[name] for each in overlaps for name in ("share", "heaviest", "unsupported")),
        len(SAID["features"]),
        len(SAID["gate"]["seeds"]),
        5_003 - 4_001,  # decisions that cannot be replayed
        100 * 29 / 5_461,  # degraded decisions in percent
    ]
    texts = json.dumps(SAID)
    for token in re.findall(r"\d[\d,]*\.?\d*", markdown(cases.card())):
        plain = token.replace(",", "").rstrip(".")
        digits = len(plain.partition(".")[2])
        near = 0.51 * 10.0**-digits
        found = plain in texts or any(
            abs(float(plain) - abs(scale * x)) <= near for x in (*values, *derived) for scale in (1, 100)
        )
        assert found, token


def test_a_refused_estimate_is_a_dash_and_a_known_limit() -> None:
    text = markdown(cases.card())
    assert f"| night | 41 | 3 |{f' {NONE} |' * 4}" in text
    assert f"- no estimate for night: {cases.REFUSAL}" in text


def test_a_card_says_what_is_weak_about_the_data() -> None:
    limits = markdown(cases.card()).partition("## Known limits")[2].partition("## ")[0]
    for weak in (
        "simulation",
        "2026-01-11",
        "17 rewards given before their decision",
        "13 decisions cannot be evaluated",
        "learned from the decisions that it is evaluated on",
        "cold is worse off, by up to 0.0101",
        "the gate: cold users lose",
        "the gate: it is not shown",
    ):
        assert weak in limits


def test_a_page_needs_nothing_else() -> None:
    text = html(cases.card())
    assert "default-src 'none'" in text
    assert not re.search(r"<script|<link|src=|https?://", text)


def test_text_of_the_run_is_never_markup() -> None:
    evil = {**cases.card().lineage, "lake": "<script>alert(1)</script> | *bold*"}
    card = cases.card(lineage=evil)
    assert "<script>" not in html(card)
    assert "\\| \\*bold\\*" in markdown(card)


def test_what_happened_to_a_version_is_on_its_card() -> None:
    happened = (Happened("2026-02-04T08:00:00+00:00", "promoted", "it won"),)
    assert "It has not been promoted" in markdown(cases.card())
    assert "| 2026-02-04T08:00:00+00:00 | promoted | it won |" in markdown(cases.card(), happened)


def test_a_card_survives_being_written() -> None:
    assert loads(dumps(cases.card())) == loads(dumps(loads(dumps(cases.card()))))


def test_what_is_no_card_is_refused_with_every_reason() -> None:
    with pytest.raises(ValueError, match=r"candidate: .*incumbent: "):
        loads(b"{}")


def _at(said: Any, path: str) -> float:  # noqa: ANN401 - as above
    for step in path.strip("/").split("/"):
        said = said[int(step)] if isinstance(said, list) else said[step]
    return float(said)
