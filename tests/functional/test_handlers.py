"""The handlers themselves: short, and honest about their settings."""

import pytest

from tests.support.bodies import USER, scoring
from tests.support.lambdas import FUNCTIONS, NAMES, Function, load
from tests.support.payload import event
from tipbandit.errors import SettingsError

NEEDS = {"score": {"TOKEN_SECRET_ID"}, "reward": {"TOKEN_SECRET_ID"}, "generate": {"PROMPT_BUCKET"}}
"""The variables that a function needs beside the table's name."""
each_function = pytest.mark.parametrize("name", NAMES)


def test_there_is_a_folder_for_each_function_and_no_other() -> None:
    assert sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py")) == sorted(NAMES)


@each_function
def test_a_handler_is_wiring_of_at_most_60_lines(name: str) -> None:
    assert len((FUNCTIONS / name / "app.py").read_text("utf-8").splitlines()) <= 60


@each_function
def test_a_function_with_wrong_settings_does_not_start_and_names_them_all(name: str) -> None:
    wrong = {"STATE_TABLE": "", "TOKEN_SECRET_ID": "", "PROMPT_BUCKET": "", "DEADLINE_MS": "soon"}
    with pytest.raises(SettingsError) as raised:
        load(name, **wrong)

    assert named_in(raised.value, *wrong) == {"STATE_TABLE", "DEADLINE_MS"} | NEEDS.get(name, set())


def named_in(error: SettingsError, *words: str) -> set[str]:
    return {word for word in words if word in str(error)}


@pytest.mark.parametrize(
    ("backend", "needed"),
    [
        ("bedrock", {"BEDROCK_MODEL_ID"}),
        ("litellm", {"GATEWAY_URL", "GATEWAY_MODEL", "GATEWAY_KEY_SECRET_ID"}),
        ("template", set()),
    ],
)
def test_generate_asks_for_what_its_back_end_needs_and_no_more(backend: str, needed: set[str]) -> None:
    wrong = {"DEFAULT_PROMPT_VERSION": "../v1", "TOKENS_PER_USER_DAY": "0", "LLM_TIMEOUT_MS": "-1"}
    absent = dict.fromkeys(("BEDROCK_MODEL_ID", "GATEWAY_URL", "GATEWAY_MODEL", "GATEWAY_KEY_SECRET_ID"), "")
    with pytest.raises(SettingsError) as raised:
        load("generate", LLM_BACKEND=backend, **wrong, **absent)

    assert named_in(raised.value, *wrong, *absent, "LLM_BACKEND") == {*wrong, *needed}


def test_generate_does_not_start_with_a_back_end_it_does_not_have() -> None:
    with pytest.raises(SettingsError, match="LLM_BACKEND must be one of bedrock, litellm, template"):
        load("generate", LLM_BACKEND="oracle")


def test_paths_name_policies_and_the_default_is_linucb(score: Function, stats: Function) -> None:
    paths = {"": "linucb/v1", "/linucb": "linucb/v1", "/egreedy": "egreedy/v1", "/egreedy/v2": "egreedy/v2"}

    assert {path: score.post(f"/score{path}", scoring()).body["policy"] for path in paths} == paths
    assert {path: set(stats.get(f"/stats{path}", user_id=USER).body["policies"]) for path in paths if path} == {
        path: {policy} for path, policy in paths.items() if path
    }


@pytest.mark.parametrize(
    "parameters",
    [
        {"policy": "egreedy/v2"},
        {"policy": "", "version": "v1"},
        {"policy": "EGREEDY"},
        {"policy": "egreedy", "version": "V2"},
        {"policy": "../score"},
        {"policy": "linucb", "version": "v1/"},
    ],
)
def test_a_path_that_names_no_policy_is_not_found(parameters: dict[str, str], score: Function) -> None:
    answer = score.invoke(event("POST", "/score/x", body=scoring()) | {"pathParameters": parameters})

    assert (answer.status, answer.code) == (404, "unknown_policy")
