"""What is on by default, what can be turned on, and what dev and prod choose."""

import json
import tomllib
from typing import Any

import pytest

from local.storage import storage_stack
from local.template import read
from tests.infra.deployed import JWT, ROOT, deployed, of_type, refused, source


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
    for name, function in functions({"ReservedConcurrency": "5", "SnapStart": "PublishedVersions"}).items():
        assert function["ReservedConcurrentExecutions"] == "5"
        assert function["SnapStart"] == {"ApplyOn": "None" if name == "GenerateFunction" else "PublishedVersions"}
    warm = of_type(deployed({"ScoreProvisionedConcurrency": "2"}), "AWS::Lambda::Alias")["ScoreFunctionAliaslive"]
    assert warm["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": "2"}


def test_sam_local_passes_on_all_of_the_variables_it_is_given() -> None:
    given = json.loads((ROOT / "events/env.json").read_text("utf-8"))["Parameters"]
    written = [source()["Globals"]["Function"], *of_type(source()["Resources"], "AWS::Serverless::Function").values()]

    assert set(given) <= {name for it in written for name in it["Environment"]["Variables"]}


def test_sam_local_has_rules_write_and_finds_the_prompts_where_the_local_stack_puts_them() -> None:
    given = json.loads((ROOT / "events/env.json").read_text("utf-8"))["Parameters"]
    bucket = storage_stack(read(ROOT / "template.yaml"), {}).body["Resources"]["PromptBucket"]["Properties"]

    assert given["LLM_BACKEND"] == "template"
    assert given["PROMPT_BUCKET"] == bucket["BucketName"]
    assert len({url for name, url in given.items() if name.startswith("AWS_ENDPOINT_URL_")}) == 1


def test_the_emulators_address_is_never_set_in_aws() -> None:
    deployed_names = {name for it in functions({}).values() for name in it["Environment"]["Variables"]}

    assert not any(name.startswith("AWS_") for name in deployed_names)


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_dev_and_prod_give_only_parameters_that_exist(stage: str) -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))[stage]
    given = dict(pair.split("=", 1) for pair in settings["deploy"]["parameters"]["parameter_overrides"])

    assert set(given) <= set(source()["Parameters"])
    assert refused(given) == []
    assert deployed(given)["StateTable"]["Properties"]["DeletionProtectionEnabled"] == str(stage == "prod").lower()
    assert ("DeploymentType" in given) == (stage == "prod")  # only there somebody would notice a bad version


def test_dev_and_prod_are_two_stacks() -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text("utf-8"))

    assert settings["dev"]["global"]["parameters"]["stack_name"] == "tipbandit-dev"
    assert settings["prod"]["global"]["parameters"]["stack_name"] == "tipbandit-prod"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        JWT,
        {**JWT, "JwtUserClaim": "sub", "JwtTenantClaim": "https://app.example/tenant"},
        {"SnapStart": "PublishedVersions"},
        {"ScoreProvisionedConcurrency": "1"},
        {"DeploymentType": "Linear10PercentEvery1Minute", "SnapStart": "PublishedVersions"},
        {"LlmBackend": "template", "DefaultPromptVersion": "2026-10.a"},
        {"LlmBackend": "litellm", "GatewayUrl": "https://gateway.example:4000/llm", "GatewayModel": "openai/tips"},
        {
            "BedrockModelId": "eu.maker.model-1-v1:0",
            "BedrockModelArns": "arn:aws:bedrock:eu-west-1::foundation-model/m-1",
        },
        {"BedrockModelId": "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc"},
        {"GuardrailId": "gr1abc", "GuardrailVersion": "12"},
    ],
)
def test_sensible_parameters_are_accepted(parameters: dict[str, str]) -> None:
    assert refused(parameters) == []


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"JwtIssuer": JWT["JwtIssuer"]}, "JwtIssuer needs at least one JwtAudience."),
        (
            {"SnapStart": "PublishedVersions", "ScoreProvisionedConcurrency": "1"},
            "SnapStart and ScoreProvisionedConcurrency exclude each other.",
        ),
        ({"JwtUserClaim": "sub"}, "JwtUserClaim and JwtTenantClaim need a JwtIssuer."),
        ({"JwtTenantClaim": "custom:tenant"}, "JwtUserClaim and JwtTenantClaim need a JwtIssuer."),
        ({**JWT, "JwtUserClaim": "two words"}, "JwtUserClaim"),
        (
            {"DeploymentType": "Canary10Percent5Minutes", "ScoreProvisionedConcurrency": "1"},
            "ScoreProvisionedConcurrency needs DeploymentType AllAtOnce.",
        ),
        ({"DeploymentType": "Canary"}, "DeploymentType"),
        ({"LlmBackend": "litellm"}, "LlmBackend litellm needs a GatewayUrl."),
        ({"LlmBackend": "openai"}, "LlmBackend"),
        ({"GatewayUrl": "http://gateway.example"}, "GatewayUrl"),
        ({"GatewayModel": ""}, "GatewayModel"),
        ({"BedrockModelId": ""}, "BedrockModelId"),
        ({"BedrockModelId": "*"}, "BedrockModelId"),
        ({"BedrockModelArns": "arn:aws:bedrock:*::foundation-model/m,arn:aws:s3:::bucket"}, "BedrockModelArns"),
        ({"BedrockModelArns": "arn:aws:bedrock:eu-west-1::foundation-model/*"}, "BedrockModelArns"),
        ({"GuardrailId": "gr1/*"}, "GuardrailId"),
        ({"GuardrailVersion": ""}, "GuardrailVersion"),
        ({"TokensPerUserDay": "0"}, "TokensPerUserDay"),
        ({"DefaultPromptVersion": "../v1"}, "DefaultPromptVersion"),
        ({"Lake": "no"}, "Lake"),
        ({"LakeRetentionDays": "0"}, "LakeRetentionDays"),
        ({"ShadowBus": "a bus"}, "ShadowBus"),
        ({"Lake": "false", "ShadowBus": "signals"}, "ShadowBus needs the Lake."),
    ],
)
def test_parameters_that_cannot_work_are_refused_before_anything_is_deployed(
    parameters: dict[str, str], why: str
) -> None:
    assert refused(parameters) == [why]
