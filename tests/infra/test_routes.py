"""Who may call what, and how often."""

from typing import Any

import pytest

from tests.infra.deployed import JWT, deployed, of_type, source

MODES = {"AWS_IAM": {}, "Jwt": JWT}


def body_of(parameters: dict[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = deployed(parameters)["Api"]["Properties"]["Body"]
    return body


def operations(body: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(method, path): it for path, item in body["paths"].items() for method, it in item.items()}


def events() -> dict[tuple[str, str], str]:
    return {
        (event["Properties"]["Method"].lower(), event["Properties"]["Path"]): name
        for name, function in of_type(source()["Resources"], "AWS::Serverless::Function").items()
        for event in function["Events"].values()
    }


@pytest.mark.parametrize("mode", MODES)
def test_every_route_has_the_authoriser_of_the_mode_and_no_other(mode: str) -> None:
    body = body_of(MODES[mode])

    assert {route: it["security"] for route, it in operations(body).items()} == {
        route: [{mode: []}] for route in events()
    }
    assert mode in body["components"]["securitySchemes"]


def test_iam_is_the_default_and_makes_no_jwt_authoriser() -> None:
    schemes = body_of({})["components"]["securitySchemes"]

    assert set(schemes) == {"AWS_IAM"}
    assert schemes["AWS_IAM"]["x-amazon-apigateway-authtype"] == "awsSigv4"


def test_a_jwt_is_checked_for_the_issuer_and_audience_of_the_parameters() -> None:
    authorizer = body_of(JWT)["components"]["securitySchemes"]["Jwt"]["x-amazon-apigateway-authorizer"]

    assert authorizer == {
        "type": "jwt",
        "identitySource": "$request.header.Authorization",
        "jwtConfiguration": {"issuer": JWT["JwtIssuer"], "audience": [JWT["JwtAudience"]]},
    }


@pytest.mark.parametrize("mode", MODES)
def test_a_route_nobody_gave_an_authoriser_asks_for_iam(mode: str) -> None:
    document = source()
    del document["Resources"]["Api"]["Properties"]["DefinitionBody"]["paths"]["/reset"]

    body = deployed(MODES[mode], document=document)["Api"]["Properties"]["Body"]

    assert body["paths"]["/reset"]["post"]["security"] == [{"AWS_IAM": []}]


def test_every_route_invokes_the_live_alias_of_its_own_function_and_generate_the_function_itself() -> None:
    for route, operation in operations(body_of({})).items():
        integration = operation["x-amazon-apigateway-integration"]
        invoked = "GenerateFunction.Arn" if route == ("post", "/generate") else f"{events()[route]}Aliaslive"
        assert f"/functions/${{{invoked}}}/invocations" in integration["uri"]["Fn::Sub"]
        assert integration["payloadFormatVersion"] == "2.0"


@pytest.mark.parametrize(
    ("parameters", "variables"),
    [
        ({}, None),
        (JWT, {}),
        ({**JWT, "JwtUserClaim": "sub"}, {"user_claim": "sub"}),
        ({**JWT, "JwtTenantClaim": "custom:tenant"}, {"tenant_claim": "custom:tenant"}),
    ],
)
def test_every_event_says_which_claims_bind_a_caller(
    parameters: dict[str, str], variables: dict[str, str] | None
) -> None:
    (stage,) = of_type(deployed(parameters), "AWS::ApiGatewayV2::Stage").values()

    assert stage.get("StageVariables") == variables


def test_the_api_refuses_a_definition_it_would_have_to_guess_at() -> None:
    assert deployed()["Api"]["Properties"]["FailOnWarnings"] is True


def test_every_route_is_throttled_by_the_stage() -> None:
    (stage,) = of_type(deployed({"ThrottleRate": "7", "ThrottleBurst": "9"}), "AWS::ApiGatewayV2::Stage").values()

    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == "7"
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == "9"
    assert "RouteSettings" not in stage


def test_access_logs_say_who_called_which_route_and_never_the_query_string() -> None:
    (stage,) = of_type(deployed(), "AWS::ApiGatewayV2::Stage").values()
    settings = stage["AccessLogSettings"]

    assert settings["DestinationArn"] == {"Fn::GetAtt": ["ApiLogs", "Arn"]}
    assert "$context.routeKey" in settings["Format"]
    assert "$context.identity.caller" in settings["Format"]
    assert not any(word in settings["Format"] for word in ("path", "querystring", "sourceIp"))
