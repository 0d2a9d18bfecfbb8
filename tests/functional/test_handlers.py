"""The handlers themselves: short, and honest about their settings."""

import pytest

from tests.support.bodies import USER, scoring
from tests.support.lambdas import FUNCTIONS, NAMES, Function, load
from tests.support.payload import event
from tipbandit.errors import SettingsError

each_function = pytest.mark.parametrize("name", NAMES)


def test_there_is_a_folder_for_each_function_and_no_other() -> None:
    assert sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py")) == sorted(NAMES)


@each_function
def test_a_handler_is_wiring_of_at_most_60_lines(name: str) -> None:
    assert len((FUNCTIONS / name / "app.py").read_text("utf-8").splitlines()) <= 60


@each_function
def test_a_function_with_wrong_settings_does_not_start_and_names_them_all(name: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(name, STATE_TABLE="", TOKEN_SECRET_ID="", DEADLINE_MS="soon")

    named = {word for word in ("STATE_TABLE", "TOKEN_SECRET_ID", "DEADLINE_MS") if word in str(raised.value)}
    assert named == {"STATE_TABLE", "DEADLINE_MS"} | ({"TOKEN_SECRET_ID"} if name in {"score", "reward"} else set())


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
