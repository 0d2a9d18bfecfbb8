"""Every event in events/, given to what was built, by the runtime client and the runtime API of Lambda's image."""

import pytest

from tests.infra.deployed import deployed, of_type
from tests.runtime.conftest import Environments
from tests.runtime.stack import Stack
from tests.support.lambdas import NAMES
from tests.support.recorded import CASES, VARIABLES, expected, recorded, seen

pytestmark = pytest.mark.xdist_group("runtime")


@pytest.mark.parametrize("case", CASES)
def test_a_recorded_event_gets_the_expected_answer_from_what_was_built(case: str, environment: Environments) -> None:
    answer = environment(case.partition("/")[0]).invoke(recorded(case))

    assert seen(answer) == expected(case)
    assert answer.metrics
    assert all({"level", "message", "function_request_id"} <= set(line) for line in answer.logs)


@pytest.mark.parametrize("name", NAMES)
def test_an_environment_is_initialised_once_says_so_and_is_used_again(name: str, environment: Environments) -> None:
    used = environment(name)
    first, second = (used.invoke(recorded(f"{name}/ok")) for _ in range(2))

    assert used.log.count("INIT START(type: on-demand") == 1
    assert used.log.count("INIT RTDONE(status: success)") == 1
    assert used.log.count("INIT REPORT(durationMs: ") == 1
    assert first.metric("ColdStart", first.body.get("policy")) in {0.0, 1.0}
    assert second.metric("ColdStart", second.body.get("policy")) == 0.0


def test_functions_are_told_what_a_deployment_tells_them(stack: Stack) -> None:
    asked = of_type(deployed({"LlmBackend": "template"}), "AWS::Lambda::Function")

    assert set(stack.configured) == set(asked)
    for name, given in stack.configured.items():
        assert set(given.environment) == set(asked[name]["Environment"]["Variables"])
        assert (given.timeout_s, given.memory_mb) == (asked[name]["Timeout"], asked[name]["MemorySize"])
        assert stack.functions[name].handler == asked[name]["Handler"]
    assert {key for it in asked.values() for key in it["Environment"]["Variables"]} >= {
        key for key in VARIABLES if not key.startswith("AWS_")
    }
