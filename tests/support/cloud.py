"""An emulated AWS in this process: state table, token secret and prompt bucket, as the template makes them."""

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import boto3
import numpy as np
import pytest
from botocore.config import Config
from moto import mock_aws

from tipbandit.adapters import sdk
from tipbandit.decisions import KeyRing
from tipbandit.policies.policy import Policy
from tipbandit.policies.prior import Prior, dumps

REGION: Final = "eu-central-1"
TABLE: Final = "tipbandit-state"
SECRET_ID: Final = "tipbandit-token-key"
PROMPT_BUCKET: Final = "tipbandit-prompts"
PRIOR_BUCKET: Final = "tipbandit-priors"
KEYS: Final[Mapping[str, str]] = {"k1": "first-test-key-0123456789abcdef01"}
ENVIRONMENT: Final[Mapping[str, str]] = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "canary-of-the-secret-access-key",
    "AWS_SESSION_TOKEN": "canary-of-the-session-token",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""What keeps the machine's own AWS account out of a test."""
ABSENT_VARIABLES: Final = (
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
)
IN_LAMBDA: Final = "AWS_LAMBDA_FUNCTION_NAME"
"""Where this is set, and the table behind a socket, the service's clients are the lean ones."""
_PROMPTS: Final = Path(__file__).parents[2] / "shared/prompts"

# An SDK session made before moto was imported would call the real AWS; clients of later ones are emulated.
sdk.session.cache_clear()


@dataclass(frozen=True)
class Cloud:
    """The emulated AWS account of one test, by the clients an operator would use."""

    dynamodb: Any
    secrets: Any
    s3: Any

    def create_table(self) -> None:
        """Make the state table: the schema of StateTable in template.yaml."""
        self.dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "user_id", "AttributeType": "S"},
                {"AttributeName": "kind", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "user_id", "KeyType": "HASH"},
                {"AttributeName": "kind", "KeyType": "RANGE"},
            ],
        )

    def delete_table(self) -> None:
        """Take the state table away."""
        self.dynamodb.delete_table(TableName=TABLE)

    def put_keys(self, active: str, keys: Mapping[str, str]) -> None:
        """Write the token secret, new or again."""
        text = json.dumps({"active": active, **keys})
        if self.secrets.list_secrets()["SecretList"]:
            self.secrets.put_secret_value(SecretId=SECRET_ID, SecretString=text)
        else:
            self.secrets.create_secret(Name=SECRET_ID, SecretString=text)

    def delete_keys(self) -> None:
        """Take the token secret away."""
        self.secrets.delete_secret(SecretId=SECRET_ID, ForceDeleteWithoutRecovery=True)

    def create_bucket(self) -> None:
        """Make the prompt bucket, empty."""
        self.s3.create_bucket(Bucket=PROMPT_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def put_prompt(self, version: str, raw: bytes) -> None:
        """Write a prompt version, new or over the one there is."""
        self.s3.put_object(
            Bucket=PROMPT_BUCKET, Key=f"prompts/{version}.yaml", Body=raw, ContentType="application/yaml"
        )

    def delete_prompt(self, version: str) -> None:
        """Take a prompt version away."""
        self.s3.delete_object(Bucket=PROMPT_BUCKET, Key=f"prompts/{version}.yaml")

    def put_prior(self, version: str, policy: Policy) -> None:
        """Publish a prior that says nothing of anybody, in a bucket that is made where there is none."""
        names = [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]]
        if PRIOR_BUCKET not in names:
            self.s3.create_bucket(Bucket=PRIOR_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        dim = policy.feature_set.dim
        document = dumps(Prior(version, np.zeros(dim), np.eye(dim)), policy)
        self.s3.put_object(Bucket=PRIOR_BUCKET, Key=f"priors/{version}.json", Body=document)

    def item(self, user_id: str, policy: str) -> dict[str, Any] | None:
        """Return a stored item as it is, in DynamoDB's own notation."""
        key = {"user_id": {"S": user_id}, "kind": {"S": f"state#{policy}"}}
        found: dict[str, Any] | None = self.dynamodb.get_item(TableName=TABLE, Key=key).get("Item")
        return found

    def items(self) -> list[dict[str, Any]]:
        """Return all stored items, sorted by key."""
        found: list[dict[str, Any]] = self.dynamodb.scan(TableName=TABLE)["Items"]
        return sorted(found, key=lambda item: (item["user_id"]["S"], item["kind"]["S"]))

    def put(self, item: Mapping[str, Any]) -> None:
        """Store an item as it is."""
        self.dynamodb.put_item(TableName=TABLE, Item=item)

    def damage(self, user_id: str, policy: str) -> None:
        """Flip one bit in the middle of a stored blob."""
        item = self.item(user_id, policy)
        assert item is not None
        blob = bytearray(item["blob"]["B"])
        blob[len(blob) // 2] ^= 1
        self.put({**item, "blob": {"B": bytes(blob)}})


@contextmanager
def emulated() -> Iterator[Cloud]:
    """Emulate AWS, with an empty table, one token key and the prompts of ``shared/prompts``, while the block runs."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name in (*ABSENT_VARIABLES, IN_LAMBDA):
            environment.delenv(name, raising=False)
        for name, value in ENVIRONMENT.items():
            environment.setenv(name, value)
        made = Cloud(*_clients())
        made.create_table()
        made.put_keys("k1", KEYS)
        made.create_bucket()
        for version, raw in prompts().items():
            made.put_prompt(version, raw)
        yield made


@cache
def _clients() -> tuple[Any, Any, Any]:
    """The operator's clients, made once: that takes longer than most tests."""
    session, config = boto3.Session(), Config(retries={"total_max_attempts": 1})
    return (
        session.client("dynamodb", config=config),
        session.client("secretsmanager", config=config),
        session.client("s3", config=config),
    )


@cache
def prompts() -> Mapping[str, bytes]:
    """Return the documents of ``shared/prompts`` by version."""
    return {path.stem: path.read_bytes() for path in sorted(_PROMPTS.glob("*.yaml"))}


def ring(active: str = "k1", keys: Mapping[str, str] = KEYS) -> KeyRing:
    """Return a key ring: of the keys the functions have, unless told otherwise."""
    return KeyRing(active, keys)


def altered(token: str) -> str:
    """Return a token with one bit of its payload changed."""
    kid, payload, signature = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    raw[len(raw) // 2] ^= 1
    return f"{kid}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}.{signature}"
