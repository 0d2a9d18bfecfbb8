"""What the template is told, and the commands that tell it."""

import shutil
from pathlib import Path

import pytest

from tipbandit_lab.errors import RunError
from tipbandit_lab.registry.settings import setting, write_template
from tipbandit_lab.registry.store import DEFAULT, model_of, shown, uri_of
from tipbandit_lab.registry.versions import Version


def version(policy: str = "linucb/v1", prior: str = "p-7") -> Version:
    return Version(policy=policy, number=1, run_id="r", tags={"prior": prior})


TEMPLATE = Path(__file__).parents[3] / "template.yaml"


def test_a_version_without_a_prior_takes_a_prior_away() -> None:
    assert setting(version(prior="")).line == 'PRIORS: ""'


@pytest.mark.parametrize("prior", ["p-7", ""])
def test_the_template_says_it_in_one_line_and_is_otherwise_as_it_was(tmp_path: Path, prior: str) -> None:
    copied = tmp_path / "template.yaml"
    shutil.copy(TEMPLATE, copied)
    write_template(copied, setting(version(prior="another")))
    write_template(copied, setting(version(prior=prior)))
    before, after = TEMPLATE.read_text("utf-8").splitlines(), copied.read_text("utf-8").splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ([('        PRIORS: ""', '        PRIORS: "linucb/v1=p-7"')] if prior else [])


@pytest.mark.parametrize("text", ["", "PRIORS: no\n", '  PRIORS: ""\n  PRIORS: ""\n'])
def test_a_template_that_does_not_say_it_once_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(RunError, match="lines PRIORS"):
        write_template(path, setting(version()))
    assert path.read_text("utf-8") == text


def test_a_policy_that_is_not_the_default_is_asked_by_its_path() -> None:
    assert setting(version()).route == "/score"
    assert setting(version("egreedy/v2")).route == "/score/egreedy/v2"


def test_what_may_be_secret_in_the_address_of_a_registry_is_not_shown() -> None:
    assert shown("postgresql://me:secret@host/db") == "postgresql://host/db"


def test_the_registry_is_the_one_that_is_named_or_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://other")
    assert uri_of("http://there") == "http://there"
    assert uri_of(None) == "http://other"
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert uri_of("") == DEFAULT


def test_a_policy_is_a_model_whose_name_mlflow_takes() -> None:
    assert model_of("linucb/v1") == "linucb-v1"
