"""The AWS calls that code makes, as the IAM actions they need."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final
from weakref import WeakKeyDictionary

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tipbandit.adapters import sdk

Action = tuple[str, str]
"""An IAM action and the name of the resource it is for."""
NAME: Final = "POWERTOOLS_SERVICE_NAME"
"""The variable that tells a function's environment from all others, by the function's name."""


@contextmanager
def recording() -> Iterator[set[Action]]:
    """Collect the actions of every SDK call made inside the block; the calls go through as ever."""
    actions: set[Action] = set()
    # Every client's every call passes here, whenever the client was made.
    send = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

    def recorded(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        actions.update(_needed(client.meta.service_model.service_name, operation, parameters))
        try:
            return send(client, operation, parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":  # which S3 says to those only who may list
                actions.add(("s3:ListBucket", f"{parameters['Bucket']} under {parameters['Key'].partition('/')[0]}/"))
            raise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", recorded)
        yield actions


@contextmanager
def guarding(may: Callable[[Mapping[str, str], Action], bool]) -> Iterator[list[tuple[str, Action]]]:
    """Refuse, as IAM does, every call inside the block that a function may not make.

    A function's clients are those that the service makes in its environment, which ``may`` is given; other clients are
    nobody's, and may do anything.

    Yields:
        What was refused so far, with the name of the function.
    """
    refused: list[tuple[str, Action]] = []
    owners: WeakKeyDictionary[BaseClient, Mapping[str, str]] = WeakKeyDictionary()
    session, send = sdk.session, BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

    def made(service: str, **settings: object) -> BaseClient:
        client: BaseClient = session().client(service, **settings)
        if NAME in os.environ:
            owners[client] = dict(os.environ)
        return client

    def guarded(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        if (owner := owners.get(client)) is not None:
            needed = _needed(client.meta.service_model.service_name, operation, parameters)
            if denied := [action for action in needed if not may(owner, action)]:
                refused.extend((owner[NAME], action) for action in denied)
                raise ClientError(
                    {"Error": {"Code": "AccessDeniedException", "Message": "no role lets you"}}, operation
                )
        return send(client, operation, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sdk, "session", lambda: SimpleNamespace(client=made))
        patch.setattr(BaseClient, "_make_api_call", guarded)
        yield refused


def _needed(service: str, operation: str, parameters: Mapping[str, Any]) -> Iterator[Action]:
    match service, operation:
        case "dynamodb", "TransactWriteItems":
            # IAM knows no such action: it asks for those of the transaction's parts.
            for item in parameters["TransactItems"]:
                for kind, part in item.items():
                    yield f"dynamodb:{kind if kind == 'ConditionCheck' else kind + 'Item'}", part["TableName"]
        case "dynamodb", _:
            yield f"dynamodb:{operation}", parameters["TableName"]
        case "secretsmanager", _:
            yield f"secretsmanager:{operation}", parameters["SecretId"]
        case "s3", "ListObjectsV2":
            yield "s3:ListBucket", f"{parameters['Bucket']} under {parameters['Prefix']}"
        case "s3", _:
            yield f"s3:{operation}", f"{parameters['Bucket']}/{parameters['Key']}"
        case "bedrock-runtime", "Converse":
            yield "bedrock:InvokeModel", parameters["modelId"]
            if guardrail := parameters.get("guardrailConfig"):
                yield "bedrock:ApplyGuardrail", guardrail["guardrailIdentifier"]
        case _:
            raise NotImplementedError(f"nobody knows what {service} {operation} needs")
