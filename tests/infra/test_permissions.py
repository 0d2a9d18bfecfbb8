"""Each function may do what it was seen doing, and nothing else."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.infra.deployed import ROOT, deployed, of_type
from tests.infra.grants import (
    BEDROCK,
    DEPLOYMENTS,
    GATEWAY,
    GATEWAY_KEY,
    GUARDED,
    PHYSICAL,
    RULES,
    covers,
    granted,
    statements,
)
from tests.infra.recorder import Action, guarding, recording
from tests.support import chat, cloud, converse, wire
from tests.support.bodies import scoring
from tests.support.lambdas import Function, load
from tipbandit.policies.registry import POLICIES

each_deployment = pytest.mark.parametrize(
    ("name", "parameters"), DEPLOYMENTS, ids=[" ".join([name, *given.values()]) for name, given in DEPLOYMENTS]
)
TIPS: Final = json.dumps({"tips": [{"text": "Stretch.", "kind": "break", "priority": 0.4}]})


def answer(request: bytes) -> bytes:
    """Answer as Bedrock or as a gateway, whichever is asked."""
    return chat.success(TIPS) if b"/v1/chat/completions" in request else converse.success(TIPS)


def loaded(name: str, parameters: Mapping[str, str], models: str) -> Function:
    """The function; the one with parameters has the variables of its deployment, but for the address of ``models``."""
    if name != "generate":
        return load(name, PRIORS="linucb/v1=there egreedy/v1=missing", PRIOR_BUCKET=cloud.PRIOR_BUCKET)
    written = deployed(parameters)["GenerateFunction"]["Properties"]["Environment"]["Variables"]
    variables = {key: PHYSICAL[value["Ref"]] if isinstance(value, dict) else value for key, value in written.items()}
    return load(name, **{**variables, "GATEWAY_URL": models, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": models})


def recorded(name: str, parameters: Mapping[str, str]) -> set[Action]:
    """What the function called while it was given every event there is for it."""
    events = sorted((ROOT / "events" / name).glob("*.json"))
    with cloud.emulated() as aws, wire.serving(answer, hangs_up=True) as models:
        aws.secrets.create_secret(Name=GATEWAY_KEY, SecretString=chat.KEY)
        aws.put_prior("there", POLICIES["linucb/v1"])
        with recording() as actions:
            function = loaded(name, parameters, models.url)
            for path in events:
                function.invoke(json.loads(path.read_text("utf-8")))
        return actions


@each_deployment
def test_a_function_may_do_exactly_what_its_events_make_it_do(name: str, parameters: dict[str, str]) -> None:
    """What no event makes it do is watched in the functional tests: there each call is held against the role."""
    grants, actions = granted(name, parameters), recorded(name, parameters)

    assert {action for action in actions if not any(covers(grant, action) for grant in grants)} == set()
    assert {grant for grant in grants if not any(covers(grant, action) for action in actions)} == set()


def test_a_call_that_the_role_does_not_grant_is_refused_as_iam_refuses_it_and_told() -> None:
    """What watches the functional tests sees something."""

    def may(_: Mapping[str, str], action: Action) -> bool:
        return action[0] != "dynamodb:GetItem"

    with cloud.emulated() as aws, guarding(may) as refused:
        score = load("score")
        answer = score.post("/score", scoring())
        read = aws.item("u-1", "linucb/v1")

    assert (answer.status, answer.body["degraded"], read) == (200, True, None)
    assert refused == [("score", ("dynamodb:GetItem", cloud.TABLE))]
    assert "AccessDeniedException" in answer.printed


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (RULES, set()),
        (BEDROCK, {"dynamodb:UpdateItem", "bedrock:InvokeModel"}),
        (GUARDED, {"dynamodb:UpdateItem", "bedrock:InvokeModel", "bedrock:ApplyGuardrail"}),
        (GATEWAY, {"dynamodb:UpdateItem", "secretsmanager:GetSecretValue"}),
    ],
)
def test_generate_is_seen_asking_the_model_it_is_given(parameters: dict[str, str], expected: set[str]) -> None:
    assert {action for action, _ in recorded("generate", parameters)} == {"s3:GetObject", "s3:ListBucket", *expected}


def test_bedrock_may_be_asked_for_the_model_of_the_parameter_in_this_region_only() -> None:
    (statement,) = invoking({**BEDROCK, "BedrockModelId": "maker.model-1-v1:0"})

    assert statement["Resource"] == {
        "Fn::Sub": "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/maker.model-1-v1:0"
    }


def test_an_inference_profile_is_asked_for_with_the_arns_that_were_given_for_it() -> None:
    profile = "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.maker.model-1-v1:0"
    models = [f"arn:aws:bedrock:eu-{place}-1::foundation-model/maker.model-1-v1:0" for place in ("central", "west")]
    (statement,) = invoking(
        {**BEDROCK, "BedrockModelId": "eu.maker.model-1-v1:0", "BedrockModelArns": ",".join([profile, *models])}
    )

    assert statement["Resource"] == [profile, *models]


def invoking(parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    return [it for it in statements("generate", parameters) if "bedrock:InvokeModel" in it["Action"]]


@each_deployment
def test_a_function_may_log_to_its_own_group_only(name: str, parameters: dict[str, str]) -> None:
    logs = [it for it in statements(name, parameters) if any(action.startswith("logs:") for action in it["Action"])]
    function = deployed(parameters)[f"{name.title()}Function"]["Properties"]

    assert logs == [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": [function["LoggingConfig"]["LogGroup"]["Ref"], "Arn"]},
        }
    ]


def test_each_function_has_a_role_of_its_own_which_only_lambda_takes_on() -> None:
    resources = deployed()
    others = {"DeploymentRole", "LakeRole", "SubscriptionRole"}
    roles = {name: it for name, it in of_type(resources, "AWS::IAM::Role").items() if name not in others}
    functions = of_type(resources, "AWS::Lambda::Function").values()

    assert sorted(roles) == sorted(function["Role"]["Fn::GetAtt"][0] for function in functions)
    for role in roles.values():
        assert role["AssumeRolePolicyDocument"]["Statement"] == [
            {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": ["lambda.amazonaws.com"]}}
        ]


@each_deployment
def test_no_action_is_a_wildcard_and_no_resource_but_that_of_all_prompts_or_priors(
    name: str, parameters: dict[str, str]
) -> None:
    for statement in statements(name, parameters):
        actions, resource = statement["Action"], json.dumps(statement["Resource"])
        assert not any("*" in action or "Scan" in action for action in actions)
        if "*" in resource:
            assert actions == ["s3:GetObject"]
            kind = "prompt" if name == "generate" else "prior"
            assert resource == f'{{"Fn::Sub": "${{{kind.title()}Bucket.Arn}}/{kind}s/*"}}'
