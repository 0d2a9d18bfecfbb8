"""The second eye on the page: what logged data say, and why they say nothing."""

import re
from dataclasses import replace
from typing import Any

import pytest
from tests.gate import logs
from tests.gate.synthetic import Run
from tests.report.decisions import EVERYBODY, WORSE, decision
from tests.report.markup import Element, parsed

from tipbandit_lab.gate.logged import Logged
from tipbandit_lab.report.page import render


def paged(run: Run | None = None, **case: Any) -> Element:  # noqa: ANN401 - of any field
    made = decision(run, **case)
    return parsed(render(made.record, made.evidence))


def rows_of(page: Element, kind: str) -> list[list[str]]:
    """Return the rows of the only table of a class."""
    (table,) = [each for each in page.all("table") if each.attributes.get("class") == kind]
    return table.rows()


def test_both_eyes_are_shown_with_what_they_saw() -> None:
    page = paged()
    seen = rows_of(page, "eyes")
    assert [row[:2] for row in seen] == [["simulation", "✓ ok"], ["logged data", "✓ ok"]]
    assert seen[1][2].startswith("new/v2 earns more than old/v1 on 4,000 logged decisions (+0.0500, ")
    rows = {row[0]: row[1:] for row in rows_of(page, "criteria second")}
    assert rows["advantage on logged data"] == [
        "✓ ok", "+0.0500 (+0.0100 to +0.0900)advantage, DR and BCa bootstrap", "lower end above 0.00"
    ]  # fmt: skip
    assert rows["data"][1:] == ["4,000decisions", "at least 200"]
    assert rows["support"][1:] == ["0not shown by any chance, new/v2", "at most 0.01"]
    assert rows["effective sample size"][1:] == ["400effective sample size, new/v2", "at least 100"]
    assert rows["logged propensities"][1:] == ["1.01 (p = 0.8)mean weight", "p at least 0.001"]
    assert rows["replay"][1:] == ["1the same when replayed, old/v1", "at least 0.95"]
    facts = dict(zip([each.text for each in page.all("dt")], [each.text for each in page.all("dd")], strict=True))
    assert facts["Decisions it takes"].startswith("to show +0.0500, the simulation's, with 80 % power: about ")


@pytest.mark.parametrize(
    ("logged", "headline"),
    [
        (logs.UNCLEAR, "new/v2 wins in the simulation, and logged data do not show as much."),
        (logs.WORSE, "new/v2 wins in the simulation, and logged data show it to be worse."),
        (logs.REFUSED, "new/v2 wins in the simulation, and logged data support no number."),
        (None, "new/v2 wins in the simulation, and logged data were not asked."),
    ],
)
def test_a_win_in_the_simulation_alone_is_a_hold_that_says_what_is_missing(
    logged: Logged | None, headline: str
) -> None:
    page = paged(logged=logged)
    assert page.one("h1").text == f"old/v1 goes on serving: {headline}"
    (item,) = page.one("header").all("li")
    assert item.text.startswith("logged data: ")
    names = [each.attributes["aria-labelledby"] for each in page.all("article")]
    assert ("logged-advantage" in names) == (logged in (logs.UNCLEAR, logs.WORSE))
    assert not re.search(r"\b(nan|inf|None)\b", page.text)


def test_a_lead_in_neither_eye_names_both() -> None:
    page = paged(Run(levels=EVERYBODY, gain=WORSE), logged=logs.WORSE)
    assert page.one("h1").text == (
        "old/v1 goes on serving: new/v2 fails on advantage, fairness floor and cold users, "
        "and logged data show it to be worse."
    )
    assert page.one("header").all("li")[-1].text.startswith("logged data: new/v2 earns less than old/v1 on 4,000")


def test_a_decision_of_before_says_that_it_was_made_by_the_simulation_alone() -> None:
    made = decision(logged=None)
    old = replace(made.record, format=1, verdict="promote")
    page = parsed(render(old, made.evidence))
    assert "before promotion took logged data as well" in page.text
    assert "were not asked" not in page.text


def test_what_a_refused_log_still_needs_is_a_number_of_decisions() -> None:
    page = paged(logged=logs.REFUSED)
    assert "about 10,000 for any number, there are 4,000" in page.text
    assert "about 10,000 decisions like these 4,000 might be enough for one" in page.text
