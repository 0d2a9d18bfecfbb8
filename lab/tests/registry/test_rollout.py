"""The registry on a database in a file: versions appear whole, one serves, and every step of it can be taken back."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.cards import cases
from typer.testing import CliRunner

from tipbandit_lab.cards.card import dumps
from tipbandit_lab.errors import RunError
from tipbandit_lab.registry import rollout
from tipbandit_lab.registry.cards import pages, renew
from tipbandit_lab.registry.command import app
from tipbandit_lab.registry.rollout import champion, champions, history, settled
from tipbandit_lab.registry.store import opened
from tipbandit_lab.registry.versions import Submission, Version, named, read, register, versions

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # MLflow's libraries warn about each other
    pytest.mark.xdist_group("mlflow"),
]

WON = {"gate": "promote", "logged": "better", "incumbent": "linucb/v1", "incumbent_prior": ""}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without versions: making its tables takes seconds."""
    path = tmp_path_factory.mktemp("registry") / "mlflow.db"
    opened(f"sqlite:///{path}")
    return path


@pytest.fixture
def uri(empty: Path, tmp_path: Path) -> str:
    shutil.copyfile(empty, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.fixture
def client(uri: str) -> Any:  # noqa: ANN401 - MLflow's client
    return opened(uri)


def submit(client: Any, uri: str, run: str, policy: str = "linucb/v1", **tags: str) -> Version:  # noqa: ANN401 - MLflow's client
    """Make a version whose only file is its card."""
    files = Path(uri.removeprefix("sqlite:///")).parent / f"files-{run}"
    files.mkdir()
    (files / "card.json").write_bytes(dumps(cases.card(candidate=policy)))
    said = Submission(policy=policy, run=run, files=files, tags={**WON, **tags}, challenger=True)
    return register(client, uri, said)[0]


def command(uri: str, *words: str) -> tuple[int, str]:
    """Run a subcommand; the setting is written beside the database."""
    place = Path(uri.removeprefix("sqlite:///")).parent / "settings.json"
    wanted = ("--settings", str(place)) if words[0] in {"promote", "rollback"} else ()
    result = CliRunner().invoke(app, [*words, *wanted, "--registry", uri])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def setting(uri: str) -> dict[str, Any]:
    place = Path(uri.removeprefix("sqlite:///")).parent / "settings.json"
    return dict(json.loads(place.read_bytes()))


def test_versions_are_numbered_by_policy_and_the_newest_is_the_challenger(client: Any, uri: str) -> None:  # noqa: ANN401
    made = [submit(client, uri, "a"), submit(client, uri, "b"), submit(client, uri, "c", "egreedy/v2")]
    assert [each.name for each in made] == ["linucb/v1:1", "linucb/v1:2", "egreedy/v2:1"]
    assert {each.name for each in versions(client) if "challenger" in each.aliases} == {"linucb/v1:2", "egreedy/v2:1"}
    assert named(client, "linucb/v1").number == 2
    assert read(client, made[0], "card.json") == dumps(cases.card(candidate="linucb/v1"))


def test_one_run_makes_one_version(client: Any, uri: str) -> None:  # noqa: ANN401
    first = submit(client, uri, "a")
    said = Submission(policy="linucb/v1", run="a", files=Path(uri.removeprefix("sqlite:///")).parent / "files-a")
    again, new = register(client, uri, said)
    assert (again.name, new) == (first.name, False)
    assert len(versions(client)) == 1


def test_a_file_that_does_not_arrive_leaves_no_version(
    client: Any,  # noqa: ANN401
    uri: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "log_artifacts", lambda *_: None)
    with pytest.raises(RunError, match=r"did not keep card\.json"):
        submit(client, uri, "a")
    assert versions(client) == ()
    assert list(client.search_registered_models()) == []


def test_who_wins_is_promoted_and_the_setting_names_its_prior(client: Any, uri: str) -> None:  # noqa: ANN401
    submit(client, uri, "a", prior="p-7")
    code, said = command(uri, "promote", "linucb/v1")
    assert code == 0
    assert setting(uri) == {
        "champion": "linucb/v1:1",
        "policy": "linucb/v1",
        "route": "/score",
        "priors": "linucb/v1=p-7",
    }
    assert 'PRIORS: "linucb/v1=p-7"    # Globals of template.yaml; then make build && sam deploy' in said
    assert named(client, "linucb/v1:1").aliases == ("champion",)


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"gate": "hold", "logged": "unclear"}, "the gate says hold .on logged data: unclear"),
        ({"incumbent": "egreedy/v1"}, "it was compared with egreedy/v1, and linucb/v1:1 serves"),
        ({"incumbent_prior": "p-6"}, "compared with the prior p-6, and none serves"),
    ],
)
def test_who_has_not_won_against_who_serves_is_refused(client: Any, uri: str, tags: dict[str, str], why: str) -> None:  # noqa: ANN401
    submit(client, uri, "a")
    command(uri, "promote", "linucb/v1")
    submit(client, uri, "b", "linucb/v2", **tags)
    with pytest.raises(RunError, match=why):
        command(uri, "promote", "linucb/v2:1")
    assert [each.name for each in versions(client) if "champion" in each.aliases] == ["linucb/v1:1"]
    assert setting(uri)["champion"] == "linucb/v1:1"


def test_force_needs_a_reason_and_the_history_keeps_it(client: Any, uri: str) -> None:  # noqa: ANN401
    submit(client, uri, "a", gate="hold")
    with pytest.raises(RunError, match="--force needs --reason"):
        command(uri, "promote", "linucb/v1", "--force")
    command(uri, "promote", "linucb/v1", "--force", "--reason", "an outage")
    (event,) = history(versions(client))
    assert (event.reason, event.action) == ("an outage", "promoted")
    assert "the gate says hold" in event.forced


def test_rollback_goes_back_step_by_step_to_the_service_by_itself(client: Any, uri: str) -> None:  # noqa: ANN401
    submit(client, uri, "a", prior="p-1")
    submit(client, uri, "b", "linucb/v2", incumbent="linucb/v1", incumbent_prior="p-1")
    command(uri, "promote", "linucb/v1:1")
    command(uri, "promote", "linucb/v2:1")
    assert setting(uri)["route"] == "/score/linucb/v2"
    assert setting(uri)["priors"] == ""
    _, said = command(uri, "rollback", "--reason", "complaints")
    assert "linucb/v1:1 restored instead of linucb/v2:1" in said
    assert setting(uri)["priors"] == "linucb/v1=p-1"
    assert [each.name for each in versions(client) if "champion" in each.aliases] == ["linucb/v1:1"]
    command(uri, "rollback")
    assert setting(uri) == {
        "champion": None, "policy": "linucb/v1", "route": "/score", "priors": ""
    }  # fmt: skip
    assert not [each for each in versions(client) if "champion" in each.aliases]
    with pytest.raises(RunError, match="nothing to take back"):
        command(uri, "rollback")


def test_after_a_rollback_the_next_promotion_can_be_taken_back_to_the_same_place(client: Any, uri: str) -> None:  # noqa: ANN401
    for run, policy in (("a", "linucb/v1"), ("b", "linucb/v2"), ("c", "egreedy/v1")):
        submit(client, uri, run, policy)
    for name in ("linucb/v1:1", "linucb/v2:1"):
        rollout.promote(client, named(client, name))
    rollout.rollback(client)
    rollout.promote(client, named(client, "egreedy/v1:1"))
    assert champions(history(versions(client))) == ("linucb/v1:1", "egreedy/v1:1")
    assert rollout.rollback(client).version == "linucb/v1:1"


def test_who_was_killed_before_the_alias_moved_is_put_right_by_the_next_command(
    client: Any,  # noqa: ANN401
    uri: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = submit(client, uri, "a")
    with monkeypatch.context() as patched:

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(client, "set_registered_model_alias", killed)
        with pytest.raises(KeyboardInterrupt):
            rollout.promote(client, version)
    assert "champion" not in versions(client)[0].aliases
    assert "champion" in settled(client)[0].aliases
    serving = champion(versions(client))
    assert serving is not None
    assert serving.name == "linucb/v1:1"


def test_who_serves_already_is_not_promoted_again(client: Any, uri: str) -> None:  # noqa: ANN401
    version = submit(client, uri, "a")
    rollout.promote(client, version)
    with pytest.raises(RunError, match="serves already"):
        rollout.promote(client, version)


def test_a_card_shows_what_happened_since(client: Any, uri: str) -> None:  # noqa: ANN401
    version = submit(client, uri, "a")
    assert "It has not been promoted" in pages(client, version)["card.md"]
    rollout.promote(client, version, reason="it won")
    rollout.rollback(client, reason="complaints")
    renew(client)
    for text in (pages(client, version)["card.md"], read(client, version, "card.md").decode()):
        assert "promoted | it won" in text
        assert "the service by itself restored instead | complaints" in text


def test_what_is_listed_and_shown_is_what_was_said(client: Any, uri: str) -> None:  # noqa: ANN401
    submit(client, uri, "a", window="2026-01-05..2026-01-25", lake_fingerprint="1111222233334444")
    assert "2026-01-05..2026-01-25" in command(uri, "list")[1]
    assert "1111222233334444" in command(uri, "show", "linucb/v1:1")[1]
    assert command(uri, "card", "linucb/v1:1")[1].startswith("# Model card: linucb/v1")


def test_a_version_that_is_not_there_is_an_error_that_says_which_are(client: Any, uri: str) -> None:  # noqa: ANN401
    with pytest.raises(RunError, match="no version linucb/v1:1; it is empty"):
        command(uri, "show", "linucb/v1:1")
    submit(client, uri, "a")
    with pytest.raises(RunError, match="no version linucb/v1:7; it has linucb/v1:1"):
        command(uri, "show", "linucb/v1:7")


def test_a_database_that_cannot_be_opened_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("this is no database" * 100)
    with pytest.raises(RunError, match="cannot be opened"):
        opened(f"sqlite:///{tmp_path / 'mlflow.db'}")
