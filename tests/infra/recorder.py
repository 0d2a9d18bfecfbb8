"""The AWS calls that code makes, as the IAM actions they need."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient

Action = tuple[str, str]
"""An IAM action and the name of the resource it is for."""


@contextmanager
def recording() -> Iterator[set[Action]]:
    """Collect the actions of every SDK call made inside the block; the calls go through as ever."""
    actions: set[Action] = set()
    # Every client's every call passes here, whenever the client was made.
    send = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

    def recorded(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        actions.update(_needed(client.meta.service_model.service_name, operation, parameters))
        return send(client, operation, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", recorded)
        yield actions


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
