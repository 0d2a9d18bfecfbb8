"""The runbook: a place for every alarm, commands that find what they look for, and links that lead somewhere."""

import re
import shlex
from typing import Final

import pytest

from local.filter_pattern import takes
from operations.command import parser
from tests.infra.deployed import ROOT, deployed, of_type, source
from tests.infra.observed import eventful_day

TEXT: Final = (ROOT / "docs/runbook.md").read_text("utf-8")
ALARMS: Final = TEXT.partition("\n## Alarms\n")[2].partition("\n## ")[0]
SECTIONS: Final = re.split(r"^### ", ALARMS, flags=re.MULTILINE)[1:]
SEARCHES: Final = re.findall(r"aws logs tail /aws/lambda/\$STACK-(\w+) .*--filter-pattern '(\{.*\})'", TEXT)


def test_every_alarm_has_its_place_and_none_is_there_that_is_gone() -> None:
    named = [name for section in SECTIONS for name in section.splitlines()[0].split(", ")]

    assert sorted(named) == sorted(of_type(deployed(), "AWS::CloudWatch::Alarm"))


@pytest.mark.parametrize("section", SECTIONS, ids=[section.partition("\n")[0] for section in SECTIONS])
def test_an_alarm_s_place_says_what_it_means_where_to_look_what_to_do_and_when_to_hand_it_on(section: str) -> None:
    said = re.findall(r"^\*\*(\w+)\*\*(?: \S|\n\n```)", section, re.MULTILINE)

    assert said == ["Means", "Look", "Do", "Escalate"]


@pytest.mark.parametrize(("name", "pattern"), sorted(set(SEARCHES)))
def test_a_search_finds_what_it_is_for_among_the_lines_that_the_function_writes(name: str, pattern: str) -> None:
    lines = [line for line in eventful_day().lines if line["service"] == name]
    found = [line for line in lines if takes(pattern, line)]

    assert 0 < len(found) < len(lines)


def test_the_searches_are_found_here() -> None:
    assert len(SEARCHES) >= TEXT.count("--filter-pattern '{") - 1  # the API's own log is none of a function's


def test_every_operation_is_one_that_the_command_takes() -> None:
    given = re.findall(r'make operate ARGS="([^"]+)"', TEXT)
    verbs = {parser().parse_args(shlex.split(arguments)).run.__name__ for arguments in given}

    assert verbs == {"_export", "_restore", "_reset_again", "_inspect", "_forget"}


def test_what_is_named_of_the_stack_is_there() -> None:
    document = source()
    outputs = set(re.findall(r"`(\w+(?:Name|Arn|Url))`", TEXT))
    parameters = set(re.findall(r"`?(\w+)=(?:[\w]+)", TEXT.partition("sam deploy")[2].partition("```")[0]))

    assert outputs <= set(document["Outputs"])
    assert parameters <= set(document["Parameters"])
    assert len(parameters) == 5


def test_every_link_leads_somewhere() -> None:
    titles = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    headings = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    targets = re.findall(r"\]\(([^)]+)\)", TEXT)

    assert {target for target in targets if target.startswith("#") and target[1:] not in headings} == set()
    assert all((ROOT / "docs" / target).is_file() for target in targets if not target.startswith("#"))
