"""The page of a decision: whole, self-contained, the same each time, and readable by everybody."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from tests.gate.synthetic import CANDIDATE, INCUMBENT, PERSONAS, Run, everywhere
from tests.report.decisions import BETTER, EVERYBODY, SETTING, WORSE, decision, usual
from tests.report.markup import Element, article, parsed

from tipbandit_lab import report
from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.report.page import render

pytestmark = pytest.mark.slow

PLOTS = ["logged-advantage", "curves", "daily", "regret", "exploration", "advantage", "calibration", "weights"]
EVIL = "<script>alert(1)</script>&\"'$x$"
SMALLEST = 11
"""CSS pixels a text of a plot must have on a phone."""
PHONE = 328
"""CSS pixels a picture has on a phone 360 wide: all but the page's padding of 1rem to either side."""


@pytest.fixture(scope="module")
def text() -> str:
    made = usual()
    return render(made.record, made.evidence)


@pytest.fixture(scope="module")
def page(text: str) -> Element:
    return parsed(text)


def paged(run: Run | None = None, **case: Any) -> Element:  # noqa: ANN401 - of any field
    made = decision(run, **case)
    return parsed(render(made.record, made.evidence))


def test_the_page_says_its_language_and_has_one_title_and_one_main_heading(page: Element, text: str) -> None:
    assert text.startswith("<!DOCTYPE html>")
    assert page.one("html").attributes["lang"] == "en"
    assert page.one("h1").text == f"{CANDIDATE} may serve instead of {INCUMBENT}."
    assert page.one("head").one("title").text == f"{CANDIDATE} against {INCUMBENT}: promote"


def test_headings_skip_no_level(page: Element) -> None:
    levels = [int(each.tag[1]) for each in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_ids_are_unique_and_what_is_referred_to_is_there(page: Element, text: str) -> None:
    ids = [each.attributes["id"] for each in page.all() if "id" in each.attributes]
    assert len(set(ids)) == len(ids)
    labels = [each.attributes["aria-labelledby"] for each in page.all() if "aria-labelledby" in each.attributes]
    links = [each.attributes["href"].removeprefix("#") for each in page.all() if "href" in each.attributes]
    clips = re.findall(r"url\(#([^)]*)\)", text)
    assert labels
    assert links
    assert clips
    assert {*labels, *links, *clips} <= set(ids)


def test_the_page_loads_and_runs_nothing(page: Element, text: str) -> None:
    policy = next(each for each in page.all("meta") if each.attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert len(page.all("style")) == 1
    assert not page.all("script", "link", "img", "iframe", "object", "embed", "base", "image")
    for each in page.all():
        assert not {"src", "srcset", "poster", "action", "xlink:href"} & set(each.attributes)
        assert not [name for name in each.attributes if name.startswith("on")]
        assert each.attributes.get("href", "#").startswith("#")
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    assert set(re.findall(r"url\((.)", text)) == {"#"}


def test_every_plot_is_there_with_a_name_a_sentence_and_its_numbers(page: Element) -> None:
    assert [each.attributes["aria-labelledby"] for each in page.all("article")] == PLOTS
    for each in page.all("article"):
        picture = each.one("svg")
        assert picture.attributes["role"] == "img"
        assert picture.one("title").attributes["id"] == picture.attributes["aria-labelledby"]
        assert picture.one("title").children
        assert each.all("p")[0].text.endswith(".")
        assert each.one("details").one("table").rows()


def test_every_table_has_a_caption_and_headers_that_say_what_they_head(page: Element) -> None:
    for table in page.all("table"):
        assert table.one("caption").text
        assert all(each.attributes["scope"] == "col" for each in table.one("thead").all("th"))
        columns = len(table.one("thead").all("th"))
        for row in table.one("tbody").all("tr"):
            assert [each.attributes["scope"] for each in row.all("th")] == ["row"]
            assert len(row.all("th", "td")) == columns


def test_texts_of_plots_are_legible_on_a_phone(text: str, page: Element) -> None:
    sizes = [float(size) for size in re.findall(r"<text style=\"font-size: ([0-9.]+)px", text)]
    assert len(sizes) == len(re.findall("<text", text))
    widths = {float(each.attributes["viewbox"].split()[2]) for each in page.all("svg")}
    assert min(sizes) * PHONE / max(widths) >= SMALLEST


def test_plots_have_no_colour_that_the_page_does_not_know(page: Element, text: str) -> None:
    styles = [each.attributes.get("style", "") for svg in page.all("svg") for each in svg.all()]
    assert not [style for style in styles if "#" in style.replace("url(#", "")]
    defined = set(re.findall(r"(--[a-z-]+):", text))
    assert set(re.findall(r"var\((--[a-z-]+)\)", text)) <= defined


def test_the_same_decision_gives_the_same_bytes_whatever_matplotlib_is_set_to(text: str) -> None:
    made = usual()
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "other", "svg.fonttype": "path", "axes.grid": True}):
        assert render(made.record, made.evidence) == text


def test_names_are_text_and_never_markup() -> None:
    config = {
        "personas": [{"name": EVIL, "has_profile": True, "description": EVIL}],
        "commit": EVIL,
        "setting": SETTING,
    }
    run = Run(levels=EVERYBODY, gain=BETTER, personas=PERSONAS[:1])
    names = {CANDIDATE: EVIL, INCUMBENT: "old$", "urgent": f"{EVIL}2", PERSONAS[0]: EVIL}
    made = decision(run, names=names, config=config)
    page = parsed(render(made.record, made.evidence))
    assert not page.all("script")
    assert EVIL in page.one("h1").text
    assert EVIL in page.one("pre").text.replace("'\"'\"'", "'")
    assert article(page, "regret").one("table").rows()[0][0] == EVIL
    assert [each for each in page.all("dd") if each.text == EVIL]
    assert "<script" not in render(made.record, made.evidence)


def test_names_in_plots_are_no_formulas() -> None:
    page = paged(names={"late": "$a$ or $b_1$"})
    for name in ("regret", "advantage"):
        assert "$a$ or $b_1$" in [each.children[0] for each in article(page, name).one("svg").all("text")]


def test_a_promotion_is_said_in_one_sentence_with_its_reasons(page: Element) -> None:
    made = usual()
    header = page.one("header")
    assert made.record.verdict == "promote"
    assert header.attributes["class"] == "promote"
    assert header.all("span")[0].text == "✓ promote"
    assert made.record.sentence in header.text
    assert {row[1] for row in criteria(page)} == {"✓ ok"}


def test_a_hold_names_the_criteria_that_failed_and_why() -> None:
    made = decision(Run(levels=EVERYBODY, gain=WORSE, seeds=8))
    page = parsed(render(made.record, made.evidence))
    failed = {found.criterion: found.sentence for found in made.record.findings if not found.passed}
    assert {"advantage", "fairness floor", "coverage"} <= set(failed)
    assert len(failed) < len(made.record.findings)
    header = page.one("header")
    assert header.all("span")[0].text == "✕ hold"
    for criterion in failed:
        assert criterion in page.one("h1").text
    assert [each.text for each in header.all("li")] == [f"{name}: {says}" for name, says in failed.items()]
    assert {row[0] for row in criteria(page) if row[1] == "✕ failed"} == set(failed)


def test_the_criteria_say_what_was_measured_and_what_was_needed(page: Element) -> None:
    made = usual()
    rows = {row[0]: row[1:] for row in criteria(page)}
    assert list(rows) == [found.criterion for found in made.record.findings]
    advantage = made.record.findings[0].measures[0]
    assert advantage.low is not None
    assert rows["advantage"][1].startswith(f"{advantage.value:+.4f} ({advantage.low:+.4f} to")
    assert rows["advantage"][2] == "lower end above 0.00"
    worst = min(made.record.findings[1].measures, key=lambda each: each.low or 0.0)
    assert rows["fairness floor"][1].endswith(worst.name)
    assert rows["fairness floor"][2] == "lower end above −0.02"  # noqa: RUF001 - a minus sign
    assert rows["least propensity"][2] == "at least 0.001"
    assert rows["states"][2] == "at most 0"
    assert "or off by 2 % at most" in rows["calibration"][2]
    assert rows["coverage"][1:] == ["20seeds", "at least 20"]


def test_of_several_measures_the_one_that_failed_is_shown() -> None:
    page = paged(criteria=Criteria(personas=(*PERSONAS, "absent")))
    assert {row[0]: row[2] for row in criteria(page)}["coverage"] == "1missing personas"


def test_a_run_without_the_optional_baselines_is_reported_without_them() -> None:
    page = paged(Run(gain=BETTER))
    table = article(page, "curves").one("table")
    assert [each.text for each in table.one("thead").all("th")] == ["day", "candidate", "incumbent", "oracle", "random"]


def test_policies_that_learn_no_weights_have_no_plot_of_them() -> None:
    page = paged(Run(gain=BETTER, change={"weights": lambda _: None}))
    assert [each.attributes["aria-labelledby"] for each in page.all("article")] == PLOTS[:-1]


@pytest.mark.parametrize("run", [Run(seeds=1), Run(days=1), Run(seeds=1, days=1), Run(noise=0.0, luck=0.0)])
def test_runs_too_small_for_intervals_are_reported_without_false_numbers(run: Run) -> None:
    page = paged(run)
    assert not re.search(r"\b(nan|inf|infinity)\b", page.text, re.IGNORECASE)
    assert len(page.all("article")) == len(PLOTS)
    assert not [each for svg in page.all("svg") for each in svg.all() if "nan" in each.attributes.get("d", "")]


def test_a_large_run_stays_below_a_megabyte() -> None:
    personas = tuple(f"persona_{number:02d}_with_quite_a_long_name" for number in range(20)) + PERSONAS[-1:]
    made = decision(Run(levels=EVERYBODY, gain=everywhere(0.01), personas=personas, days=60, seeds=3))
    assert len(render(made.record, made.evidence).encode()) < 1_000_000


def test_writing_makes_the_directory_and_leaves_the_page_alone_in_it(tmp_path: Path, text: str) -> None:
    made = usual()
    path = tmp_path / "new" / "a.html"
    for _ in range(2):
        report.write(path, made.record, made.evidence)
        assert path.read_text(encoding="utf-8") == text
        assert list(path.parent.iterdir()) == [path]


def criteria(page: Element) -> list[list[str]]:
    """Return the rows of the table of criteria."""
    (table,) = [each for each in page.all("table") if each.attributes.get("class") == "criteria"]
    return table.rows()
