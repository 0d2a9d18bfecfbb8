"""What is on by default, what can be turned on, and what dev and prod choose."""

import json
import tomllib
from typing import Any

import pytest

from tests.infra.deployed import ROOT, deployed, of_type, source


def functions(parameters: dict[str, str]) -> dict[str, Any]:
    return of_type(deployed(parameters), "AWS::Lambda::Function")


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_functions_and_layers_are_for_the_chosen_processor(architecture: str) -> None:
    resources = deployed({"Architecture": architecture})

    for function in of_type(resources, "AWS::Lambda::Function").values():
        assert function["Architectures"] == [architecture]
        assert function["Runtime"] == "python3.13"
    for layer in of_type(resources, "AWS::Lambda::LayerVersion").values():
        assert layer["CompatibleArchitectures"] == [architecture]
        assert layer["CompatibleRuntimes"] == ["python3.13"]


def test_layers_are_built_for_the_processor_they_say_they_are_for() -> None:
    layers = [it for it in source()["Resources"].values() if it["Type"] == "AWS::Serverless::LayerVersion"]

    assert [it["Metadata"] for it in layers] == [
        {"BuildMethod": "python3.13", "BuildArchitecture": {"Ref": "Architecture"}}
    ] * 2


def test_arm_is_the_default() -> None:
    assert source()["Parameters"]["Architecture"]["Default"] == "arm64"


def test_everything_that_costs_while_idle_is_off_by_default() -> None:
    for function in functions({}).values():
        assert "ReservedConcurrentExecutions" not in function
        assert function["SnapStart"] == {"ApplyOn": "None"}
    for alias in of_type(deployed(), "AWS::Lambda::Alias").values():
        assert "ProvisionedConcurrencyConfig" not in alias


def test_everything_that_costs_while_idle_can_be_turned_on() -> None:
    for function in functions({"ReservedConcurrency": "5", "SnapStart": "PublishedVersions"}).values():
        assert function["ReservedConcurrentExecutions"] == "5"
        assert function["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    warm = of_type(deployed({"ScoreProvisionedConcurrency": "2"}), "AWS::Lambda::Alias")["ScoreFunctionAliaslive"]
    assert warm["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": "2"}


def test_sam_local_passes_on_all_of_the_variables_it_is_given() -> None:
    given = json.loads((ROOT / "events/env.json").read_text("utf-8"))["Parameters"]
    written = [source()["Globals"]["Function"], *of_type(source()["Resources"], "AWS::Serverless::Function").values()]

    assert set(given) <= {name for it in written for name in it["Environment"]["Variables"]}


def test_the_emulators_address_is_never_set_in_aws() -> None:
    deployed_names = {name for it in functions({}).values() for name in it["Environment"]["Variables"]}

    assert not any(name.startswith("AWS_") for name in deployed_names)


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_dev_and_prod_give_only_parameters_that_exist(stage: str) -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))[stage]
    given = dict(pair.split("=", 1) for pair in settings["deploy"]["parameters"]["parameter_overrides"])

    assert set(given) <= set(source()["Parameters"])
    assert deployed(given)["StateTable"]["Properties"]["DeletionProtectionEnabled"] == str(stage == "prod").lower()


def test_dev_and_prod_are_two_stacks() -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))

    assert settings["dev"]["global"]["parameters"]["stack_name"] == "tipbandit-dev"
    assert settings["prod"]["global"]["parameters"]["stack_name"] == "tipbandit-prod"
