"""The emulated AWS: made from the template, and one call at a time."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from local.child import REGION
from local.service import Service
from tests.local.conftest import client

pytestmark = pytest.mark.slow


def _post(service: Service, path: str, body: str = "") -> httpx.Response:
    return httpx.post(
        service.url + path, content=body, headers={"content-type": "text/plain"}, timeout=30, trust_env=False
    )


def test_every_expression_reaches_the_function_resolved(toy: Service) -> None:
    got = _post(toy, "/echo").json()
    environment = got["environment"]
    assert environment["TABLE"] == "Table"
    assert environment["SENTENCE"] == f"hello, Table in {REGION}"
    assert environment["TABLE_ARN"].endswith(":table/Table")
    assert environment["BUCKET"] == "bucket"
    assert ":secret:Secret-" in environment["SECRET"]
    assert environment["VOLUME"] == "quiet"
    assert "NEVER" not in environment
    assert (environment["FLAG"], environment["NUMBER"]) == ("true", "12")
    assert environment["AWS_ENDPOINT_URL"] == toy.endpoint
    assert 6000 < got["context"]["remaining_ms"] <= 7000


def test_the_secret_is_generated_as_the_template_says(toy: Service) -> None:
    secrets = client(toy, "secretsmanager")
    arn = _post(toy, "/echo").json()["environment"]["SECRET"]
    by_arn, by_name = (json.loads(secrets.get_secret_value(SecretId=it)["SecretString"]) for it in (arn, "Secret"))
    assert by_arn == by_name
    assert by_arn["active"] == "k1"
    assert len(by_arn["k1"]) == 40
    assert by_arn["k1"].isalnum()


def test_no_concurrent_update_is_lost(toy: Service) -> None:
    """16 threads, 120 times UpdateItem ADD, a third of them through functions: the sum is exact."""
    dynamodb = client(toy, "dynamodb")

    def direct(_: int) -> None:
        dynamodb.update_item(
            TableName="Table",
            Key={"id": {"S": "sum"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    def through_function(_: int) -> None:
        assert _post(toy, "/add", "sum").status_code == 200

    with ThreadPoolExecutor(16) as callers:
        for one in [callers.submit((direct, direct, through_function)[n % 3], n) for n in range(120)]:
            one.result()
    item = dynamodb.get_item(TableName="Table", Key={"id": {"S": "sum"}}, ConsistentRead=True)["Item"]
    assert item["n"]["N"] == "120"
