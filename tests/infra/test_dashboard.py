"""The dashboard shows what the functions publish: every line of it is looked for among the metrics that came."""

import json
import re
from typing import Any, Final

from tests.infra.deployed import deployed, of_type
from tests.infra.observed import STACK, eventful_day
from tipbandit.policies.registry import POLICIES
from tipbandit.ports import Counter

SEARCH: Final = re.compile(
    r"""SEARCH\('\{"([^"]+)",([\w,]+)\} MetricName="(\w+)"(?: service="(\w+)")?', '(\w+)', 300\)"""
)


def body() -> dict[str, Any]:
    """The dashboard as CloudWatch gets it, a resource's attribute standing as its name."""
    text, variables = deployed()["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    names = {name: substituted(value["Fn::Sub"], {}) for name, value in variables.items()}
    parsed: dict[str, Any] = json.loads(substituted(text, names))
    return parsed


def substituted(text: str, names: dict[str, str]) -> str:
    known = {"AWS::StackName": STACK, **names}
    text = re.sub(r"\$\{([\w:.]+)\}", lambda it: known.get(it[1], it[1]), text)
    return text.replace("${!", "${")


def widgets(kind: str) -> dict[str, dict[str, Any]]:
    return {it["properties"]["title"]: it["properties"] for it in body()["widgets"] if it["type"] == kind}


def searches() -> dict[tuple[str, str], tuple[str, frozenset[str], str, str | None]]:
    """What each line searches for, by widget and label."""
    found = {}
    for title, properties in widgets("metric").items():
        for (line,) in (it for it in properties["metrics"] if isinstance(it[0], dict)):
            parsed = SEARCH.fullmatch(line["expression"])
            assert parsed is not None, line
            namespace, dimensions, metric, service, _ = parsed.groups()
            found[title, f"{line['label']} {metric} {parsed[5]}"] = (
                namespace,
                frozenset(dimensions.split(",")),
                metric,
                service,
            )
    return found


def test_every_line_finds_a_metric_that_the_functions_publish() -> None:
    published = eventful_day().published
    blind = {
        line
        for line, (namespace, dimensions, metric, service) in searches().items()
        if not any((namespace, dimensions, metric) == it[:3] and service in {None, it[3]} for it in published)
    }

    assert len(searches()) >= 30
    assert blind == set()


def test_everything_that_is_counted_is_shown() -> None:
    shown = {metric for _, _, metric, _ in searches().values()}

    assert {*Counter, "Latency", "ColdStart", "Fault"} - shown == set()


def test_a_line_is_named_after_what_tells_it_apart() -> None:
    for (_, label), (_, dimensions, _, _) in searches().items():
        (dimension,) = dimensions - {"service"} or {"service"}
        assert f"${{PROP('Dim.{dimension}')}}" in label


def test_no_policy_and_no_prompt_version_is_named_so_that_another_one_shows_by_itself() -> None:
    text = json.dumps(body())

    assert not any(name in text for name in (*POLICIES, "linucb", "egreedy"))


def test_every_alarm_is_on_the_dashboard() -> None:
    (properties,) = widgets("alarm").values()

    assert sorted(properties["alarms"]) == sorted(
        f"{name}.Arn" for name in of_type(deployed(), "AWS::CloudWatch::Alarm")
    )


def test_the_queries_ask_the_logs_that_have_the_lines_for_fields_that_those_have() -> None:
    for query in (properties["query"] for properties in widgets("log").values()):
        (message,) = re.findall(r'filter message = "(\w+)"', query)
        found = [line for line in eventful_day().lines if line["message"] == message]
        logs = {f"{line['service'].title()}Logs" for line in found}
        by = query.partition(" by ")[2].split(", ")
        wanted = {*by, *re.findall(r"avg\(([\w.]+)\)", query)}

        assert logs <= set(re.findall(r"SOURCE '(\w+)'", query)) <= set(deployed())
        for line in found:
            flat = {**line, **{f"data.{name}": it for name, it in line.get("data", {}).items()}}
            assert wanted <= set(flat)


def test_the_widgets_lie_beside_each_other() -> None:
    cells = [
        (x, y)
        for it in body()["widgets"]
        for x in range(it["x"], it["x"] + it["width"])
        for y in range(it["y"], it["y"] + it["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
