"""The page: whole, self-contained, the same each time, and readable by everybody."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from tests.analytics.crowds import World
from tests.analytics.small import lake, two
from tests.report.markup import Element, article, parsed

from tipbandit_lab.analytics.analysing import analyse
from tipbandit_lab.analytics.measures import Analysis, only
from tipbandit_lab.analytics.page import render
from tipbandit_lab.analytics.plots import interval
from tipbandit_lab.report.palette import INKS

pytestmark = pytest.mark.slow

PLOTS = {"served", "reactions", "rewards-policy", "rewards-prompt-version", "versions", "advantages", "shadows"}
EVIL = "<script>alert(1)</script>&\"'"
SMALLEST = 11
"""CSS pixels a text of a picture must have on a phone."""
PHONE = 328
"""CSS pixels a picture has on a phone 360 wide."""


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return analyse(lake(World(users=40, each=40).decisions(seed=1)))


@pytest.fixture(scope="module")
def text(analysis: Analysis) -> str:
    return render(analysis)


@pytest.fixture(scope="module")
def page(text: str) -> Element:
    return parsed(text)


def test_every_picture_is_there_with_its_name_and_a_table(page: Element) -> None:
    assert {each.one("h3").attributes["id"] for each in page.all("article")} == PLOTS
    for name in PLOTS:
        picture = article(page, name)
        assert picture.one("svg").attributes["role"] == "img"
        assert picture.one("svg").one("title").text
        assert picture.one("table").rows()


def test_the_page_loads_and_runs_nothing(page: Element, text: str) -> None:
    policy = next(each for each in page.all("meta") if each.attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert not page.all("script", "link", "img", "iframe", "object", "embed", "base", "image")
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text


def test_ids_are_unique_and_what_is_referred_to_is_there(page: Element, text: str) -> None:
    ids = [each.attributes["id"] for each in page.all() if "id" in each.attributes]
    assert len(set(ids)) == len(ids)
    labels = {each.attributes["aria-labelledby"] for each in page.all() if "aria-labelledby" in each.attributes}
    assert labels | set(re.findall(r"url\(#([^)]*)\)", text)) <= set(ids)


def test_headings_skip_no_level(page: Element) -> None:
    levels = [int(each.tag[1]) for each in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_colour_of_a_picture_follows_the_reader_s_scheme(page: Element) -> None:
    for each in page.all("svg"):
        for element in each.all():
            for name in ("fill", "stroke"):
                paint = element.attributes.get(name, "none")
                assert paint in {"none", "transparent"} or paint.startswith("var(--"), paint


def test_a_dark_page_has_another_shade_of_each_colour(text: str) -> None:
    for ink in INKS:
        assert f"--{ink.variable}:{ink.light};" in text
        assert f"--{ink.variable}:{ink.dark};" in text


def test_text_in_pictures_is_legible_on_a_phone(page: Element) -> None:
    for each in page.all("svg"):
        width = float(each.attributes["viewbox"].split()[2])
        sizes = [
            float(text.attributes["font-size"].removesuffix("px"))
            for text in each.all("text")
            if "font-size" in text.attributes
        ]
        assert sizes
        assert min(sizes) * PHONE / width >= SMALLEST


def test_tables_say_what_was_measured_and_why_there_is_no_number() -> None:
    found = analyse(lake([two(0.5, shown="ab"[k % 2], user=f"u{k % 29}", reward=(k % 7) / 7) for k in range(60)]))
    rows = article(parsed(render(found)), "versions").one("table").rows()
    served = interval(only(found.of("prompt_version", "mean_reward")["v1"]))
    assert rows[0][:3] == ["v1", served, "no number: the effective sample size is 30.0, and 100 is needed"]


def test_numbers_of_a_picture_are_written_in_it(analysis: Analysis, page: Element) -> None:
    (pair,) = analysis.of("prompt_version", "advantage", compared=True)["v2"]
    said = [each.text for each in article(page, "advantages").one("svg").all("text")]
    assert "v2 \N{MINUS SIGN} v1" in said
    assert f"\N{MINUS SIGN}{abs(pair.estimate or 0):.3f}" in said


def test_the_same_lake_gives_the_same_page(analysis: Analysis, text: str) -> None:
    assert render(analysis) == text
    assert render(analyse(lake(World(users=40, each=40).decisions(seed=1)))) == text


def test_names_that_are_markup_or_expressions_are_text() -> None:
    decisions = [
        replace(
            each,
            policy=f"{each.policy}{EVIL}",
            tips=[replace(tip, version=f"{tip.version}{EVIL}") for tip in each.tips],
        )
        for each in World(users=25, each=10).decisions(seed=1)
    ]
    page = parsed(render(analyse(lake(decisions))))
    assert not page.all("script")
    assert f"policy egreedy/v1{EVIL}" in [row[0] for row in article(page, "reactions").one("table").rows()]


def test_one_policy_one_day_and_no_shadow_are_a_page_too() -> None:
    page = parsed(render(analyse(lake([two(1.0, user=f"u{k}", reward=k / 50) for k in range(40)]))))
    assert "shadows" not in {each.one("h3").attributes["id"] for each in page.all("article")}


def test_more_groups_than_can_be_told_apart_stay_in_the_table() -> None:
    decisions = [
        replace(two(0.5, user=f"u{k % 30}", reward=(k % 7) / 7, shown="ab"[k % 2]), policy=f"policy/v{k % 9}")
        for k in range(900)
    ]
    plot = article(parsed(render(analyse(lake(decisions)))), "rewards-policy")
    assert "The 6 with most decisions are drawn; the table has all 9." in plot.one("figcaption").text
    assert len(plot.one("thead").all("th")) == 10
