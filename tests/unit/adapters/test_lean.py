"""The lean client: the SDK's requests, answers and errors without the SDK, where that will do."""

import json
import os
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError

from local import child
from tests.support import cloud, wire
from tests.support.emulator import reached_at
from tests.unit.adapters.lambdas import KEY, LAMBDA, TIMEOUTS, made
from tipbandit.adapters import aws, lean, sdk
from tipbandit.adapters.lean import ForeignAnswerError, LeanClient, fits

PUT: Final = {
    "TableName": "t",
    "Item": {**KEY, "blob": {"B": b"\x00\xff"}, "ver": {"N": "1"}},
    "ConditionExpression": "ver = :ver",
    "ExpressionAttributeValues": {":ver": {"N": "0"}},
}
CALLS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "GetItem": ("dynamodb", "get_item", {"TableName": "t", "Key": KEY, "ConsistentRead": True}),
    "PutItem": ("dynamodb", "put_item", PUT),
    "UpdateItem": ("dynamodb", "update_item", {"TableName": "t", "Key": KEY, "UpdateExpression": "ADD n :n"}),
    "TransactWriteItems": ("dynamodb", "transact_write_items", {"TransactItems": [{"Put": PUT}]}),
    "Query": ("dynamodb", "query", {"TableName": "t", "KeyConditionExpression": "user_id = :u"}),
    "GetSecretValue": ("secretsmanager", "get_secret_value", {"SecretId": "s"}),
}
each_call = pytest.mark.parametrize("operation", CALLS)


def asked(client: Any, method: str, parameters: dict[str, Any], server: wire.Loopback) -> tuple[dict[str, str], Any]:  # noqa: ANN401  either client
    """The headers and the body of the request that a call makes."""
    getattr(client, method)(**parameters)
    head, _, body = server.requests[-1].decode().partition("\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    return {name.lower(): value for name, value in lines.items()}, json.loads(body)


@each_call
def test_a_request_is_the_sdks(operation: str, server: wire.Loopback) -> None:
    service, method, parameters = CALLS[operation]
    headers, body = asked(made(service, server.url), method, parameters, server)
    with reached_at(server.url):
        their_headers, their_body = asked(sdk.client(service, TIMEOUTS), method, parameters, server)
    # With one attempt there is nothing for a token to tell apart.
    their_body.pop("ClientRequestToken", None)

    assert body == their_body
    for name in ("content-type", "host", "x-amz-target"):
        assert headers[name] == their_headers[name]
    assert headers["x-amz-security-token"] == "token"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=access/")


@pytest.mark.parametrize(
    "answer",
    [
        {"Items": [{**KEY, "blob": {"B": "AP8="}, "ver": {"N": "12"}, "gone": {"NULL": True}}]},
        {"Items": [{"B": {"S": "named like a type"}}, {"list": {"L": [{"B": "AA=="}, {"BOOL": False}]}}], "Count": 2},
        {},
    ],
)
def test_an_answer_is_read_as_the_sdk_reads_it(answer: dict[str, Any]) -> None:
    with wire.serving(lambda _: wire.http(200, json.dumps(answer).encode())) as server:
        mine = made("dynamodb", server.url).query(TableName="t")
        with reached_at(server.url):
            theirs = sdk.client("dynamodb", TIMEOUTS).query(TableName="t")
    theirs.pop("ResponseMetadata")
    assert mine == theirs


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "no"}),
        (400, {"__type": "ThrottlingException:http://somewhere/", "Message": "slow down"}),
        (
            400,
            {
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "message": "cancelled",
                "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "no"}],
            },
        ),
        (500, {"__type": "InternalServerError"}),
        (503, {}),
    ],
)
def test_a_refusal_is_read_as_the_sdk_reads_it(status: int, body: dict[str, Any]) -> None:
    refusals = []
    with wire.serving(lambda _: wire.http(status, json.dumps(body).encode())) as server, reached_at(server.url):
        for client in (made("dynamodb", server.url), sdk.client("dynamodb", TIMEOUTS)):
            with pytest.raises(ClientError) as raised:
                client.transact_write_items(TransactItems=[])
            refusals.append(raised.value.response)
    mine, theirs = refusals
    assert mine["Error"]["Code"] == theirs["Error"]["Code"]
    assert mine.get("CancellationReasons") == theirs.get("CancellationReasons")
    assert mine["ResponseMetadata"]["HTTPStatusCode"] == theirs["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"", b"[]", b'"text"', b'{"Item": {"blob": {"B": "%"}}}'])
def test_a_page_in_the_place_of_an_answer_is_none(body: bytes) -> None:
    with wire.serving(lambda _: wire.http(200, body)) as server, pytest.raises(ForeignAnswerError):
        made("dynamodb", server.url).get_item(TableName="t")


@pytest.mark.parametrize("service", ["dynamodb", "secretsmanager"])
def test_it_fits_where_lambda_says_all_there_is_to_know(service: str) -> None:
    assert fits(service, LAMBDA)
    assert fits(service, {**LAMBDA, "AWS_REGION": "us-gov-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert fits(service, {**LAMBDA, "AWS_CONFIG_FILE": os.devnull})


def test_it_fits_where_tests_and_the_local_stack_stand_for_lambda() -> None:
    """Or they would exercise the SDK, and nobody would notice."""
    as_tests_do = {**cloud.ENVIRONMENT, cloud.IN_LAMBDA: "score"}
    assert fits("dynamodb", as_tests_do)
    assert fits("secretsmanager", as_tests_do)
    assert fits("dynamodb", {**os.environ, **as_tests_do})
    assert fits("dynamodb", child.environment({"AWS_LAMBDA_FUNCTION_NAME": "score"}))


@pytest.mark.parametrize(
    "variables",
    [
        *({name: ""} for name in lean._NEEDED),  # noqa: SLF001  all of them, by name
        *({name: "x"} for name in lean._SAYS_MORE),  # noqa: SLF001
        {"AWS_REGION": "cn-north-1"},
        {"AWS_REGION": "us-gov-west-1"},
        {"AWS_REGION": "us-iso-east-1"},
        {"AWS_REGION": "eusc-de-east-1"},
    ],
    ids=str,
)
def test_it_does_not_fit_where_the_sdk_would_do_otherwise(variables: dict[str, str]) -> None:
    assert not fits("dynamodb", {**LAMBDA, **variables})


@pytest.mark.parametrize("service", ["s3", "bedrock-runtime"])
def test_it_speaks_to_no_other_service(service: str) -> None:
    assert not fits(service, LAMBDA)


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1", "ap-southeast-2", "il-central-1", "sa-east-1"])
@pytest.mark.parametrize("service", ["dynamodb", "secretsmanager"])
def test_the_public_endpoint_is_the_sdks(region: str, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in cloud.ABSENT_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    session: Any = boto3.Session()
    theirs = session.client(service, region_name=region).meta.endpoint_url
    client = LeanClient(service, TIMEOUTS, {**LAMBDA, "AWS_REGION": region}, attempts=1, keeps_connections=True)
    assert client._connection._endpoint.url == theirs  # noqa: SLF001  it would connect to it


def test_what_fits_is_used_and_the_sdk_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in lean._SAYS_MORE:  # noqa: SLF001
        monkeypatch.delenv(name, raising=False)
    for name, value in {**LAMBDA, "AWS_DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(name, value)
    assert isinstance(aws.client("dynamodb", TIMEOUTS), LeanClient)
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME")
    assert not isinstance(aws.client("dynamodb", TIMEOUTS), LeanClient)
