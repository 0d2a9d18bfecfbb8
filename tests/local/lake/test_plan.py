"""What is filled is what the template says, read from the template itself."""

import copy
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest

from codegen.lake import columns
from local.lake.plan import SIGNALS, Delivery, Plan, plan
from local.options import ROOT
from local.template import Template, TemplateError, read
from tests.local.conftest import TOY

TEMPLATE: Final = read(ROOT / "template.yaml")
DAY: Final = date(2026, 3, 1)
Tree = dict[str, Any]


def planned(change: Callable[[Tree], object] = lambda _: None) -> Plan | None:
    document = copy.deepcopy(TEMPLATE.document)
    change(document["Resources"])
    return plan(Template(document, TEMPLATE.functions))


def by_table() -> dict[str, Delivery]:
    made = planned()
    assert made is not None
    return {each.prefix.partition("/")[0]: each for each in made.deliveries}


def test_the_lake_has_the_three_tables_of_the_contracts_in_one_bucket() -> None:
    made = planned()

    assert made is not None
    assert made.bucket == "LakeBucket"
    assert {table: dict(each.columns) for table, each in by_table().items()} == {
        table: columns(table) for table in ("decisions", "rewards", "shadows")
    }


def test_each_table_comes_out_of_the_log_that_has_its_events() -> None:
    assert {table: each.log for table, each in by_table().items()} == {
        "decisions": "ScoreFunction.log",
        "rewards": "RewardFunction.log",
        "shadows": SIGNALS,
    }


def test_objects_are_laid_out_by_the_day_of_arrival() -> None:
    decisions = by_table()["decisions"]

    assert decisions.key(DAY, "part-1.parquet") == "decisions/day=2026-03-01/part-1.parquet"
    assert decisions.error_key(DAY, "1.json") == "errors/decisions/format-conversion-failed/day=2026-03-01/1.json"


def test_a_decision_of_the_first_version_whose_shape_the_table_has_not_is_left_out() -> None:
    decisions = by_table()["decisions"]
    lines = [{"data": {"event": "decision", "schema_version": version}} for version in (1, 2, 3)]

    assert [decisions.row(line, "") for line in lines] == [None, lines[1], lines[2]]


def test_a_bare_signal_becomes_a_row_with_the_time_it_came() -> None:
    shadows = by_table()["shadows"]
    signal = {"signal": "shadow:egreedy", "user_id": "u-1"}

    assert shadows.row(signal, "now") == {"timestamp": "now", "data": signal}
    assert shadows.row({"level": "INFO"}, "now") is None


def test_a_template_without_a_lake_has_no_plan() -> None:
    assert plan(read(TOY / "template.yaml")) is None


def _stream(resources: Tree) -> Tree:
    destination: Tree = resources["DecisionsStream"]["Properties"]["ExtendedS3DestinationConfiguration"]
    return destination


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda it: _stream(it).update(Prefix="decisions/!{timestamp:HH}/"), "nobody knows here what !{timestamp:HH}"),
        (lambda it: _stream(it).update(BucketARN={"Fn::GetAtt": ["Other", "Arn"]}), "in more than one bucket"),
        (lambda it: _stream(it).pop("Prefix"), "'Prefix'"),
        (lambda it: it.pop("DecisionsTable"), "'DecisionsTable'"),
        (lambda it: it["RewardsSubscription"]["Properties"].update(FilterPattern="{ $.a < 3 }"), "not understood"),
    ],
)
def test_what_cannot_be_filled_here_is_said_in_one_line(change: Callable[[Tree], object], says: str) -> None:
    with pytest.raises(TemplateError) as caught:
        planned(change)

    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_subscription_to_something_else_is_none_of_the_lakes() -> None:
    def elsewhere(resources: Tree) -> None:
        resources["RewardsSubscription"]["Properties"]["DestinationArn"] = "arn:aws:lambda:eu-central-1:1:function:f"

    made = planned(elsewhere)

    assert made is not None
    assert [each.log for each in made.deliveries] == ["ScoreFunction.log", SIGNALS]
