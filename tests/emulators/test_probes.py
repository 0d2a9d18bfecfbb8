"""What each emulator forgives that DynamoDB does not, asked of both and compared with the page that says so."""

import re
from collections.abc import Mapping
from typing import Final

import pytest

from tests.emulators.asking import Probe, Table, outcome
from tests.emulators.documented import rows, section
from tests.emulators.items import ITEMS
from tests.emulators.promises import PROMISES
from tests.emulators.wordings import WORDINGS
from tests.support.emulators import EMULATORS, Emulator

PROBES: Final[Mapping[str, Probe]] = {**WORDINGS, **ITEMS, **PROMISES}


@pytest.mark.parametrize("asked", PROBES)
def test_what_comes_of_it_is_what_the_page_says(asked: str, emulator: Emulator, table: Table) -> None:
    assert outcome(PROBES[asked], table) == rows()[asked].emulated[emulator.name]


def test_the_page_has_a_row_for_each_probe_and_no_other() -> None:
    assert list(rows()) == list(PROBES)


def test_each_row_names_where_what_dynamodb_does_is_written() -> None:
    sources = set(re.findall(r"^(\[\w+\]): https://", section(), re.MULTILINE))
    assert {row.source for row in rows().values()} == sources


def test_the_page_counts_what_is_forgiven() -> None:
    said = [f"{each.name} accepts {sum(row.forgives(each.name) for row in rows().values())}" for each in EMULATORS]
    text = " ".join(section().split())
    assert f"Of {len(PROBES)} things asked, {said[0]} that DynamoDB refuses and {said[1]}." in text


def test_nothing_is_forgiven_by_both_that_the_page_does_not_name() -> None:
    both = [asked for asked, row in rows().items() if all(row.forgives(each.name) for each in EMULATORS)]
    assert re.findall(r"^- ([^:]+):", section().partition("Both forgive:\n")[2], re.MULTILINE) == both
