"""What survives a restart: one file with the content of every table, secret and bucket.

moto's own recorder replays the history of requests; a service that never stops learning would replay for
ever. This file holds the present only, and is written whole or not at all.
"""

import base64
import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

_VERSION: Final = 1
_BATCH: Final = 25  # the most BatchWriteItem takes

Resources = Mapping[str, Mapping[str, str]]
"""The physical names of the stack's resources: type -> logical id -> name."""


class StateError(Exception):
    """The saved state cannot be used; the message is one line that says how to go on."""


class Storage:
    """The content of the resources of a stack in the emulator at `endpoint`.

    Of `defined`, what the template calls its resources, a condition may leave some out of this run: what was saved of
    those is kept as it is for one that makes them again.
    """

    def __init__(self, endpoint: str, resources: Resources, *, defined: Collection[str] = ()) -> None:
        # The emulator answers one call at a time, and a dump may queue behind many.
        config = Config(connect_timeout=10, read_timeout=120, retries={"total_max_attempts": 1})
        self._tables = resources.get("AWS::DynamoDB::Table", {})
        self._secrets = resources.get("AWS::SecretsManager::Secret", {})
        self._buckets = resources.get("AWS::S3::Bucket", {})
        self._dynamodb = boto3.client("dynamodb", endpoint_url=endpoint, config=config)
        self._secretsmanager = boto3.client("secretsmanager", endpoint_url=endpoint, config=config)
        self.s3 = boto3.client("s3", endpoint_url=endpoint, config=config)
        self._left_out = set(defined).difference(*resources.values())
        self._kept: dict[str, dict[str, Any]] = {}

    def save(self, path: Path) -> None:
        """Write the content to `path`, replacing what is there in one step.

        Raises:
            OSError: the file cannot be written; the previous one is untouched.
        """
        state: dict[str, Any] = {
            "version": _VERSION,
            "tables": {name: list(self._items(table)) for name, table in self._tables.items()},
            "secrets": {name: self._secret(secret) for name, secret in self._secrets.items()},
            "buckets": {name: list(self._objects(bucket)) for name, bucket in self._buckets.items()},
        }
        for kind, kept in self._kept.items():
            state[kind].update(kept)
        temporary = path.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(state, file, default=jsonable)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    def load(self, path: Path) -> None:
        """Put the content of `path`, if there is one, into the resources.

        Raises:
            StateError: the file is unreadable, or holds what the template no longer defines.
        """
        if not path.exists():
            return
        try:
            state = json.loads(path.read_text("utf-8"))
            if state["version"] != _VERSION:
                raise StateError(f"{path} is of version {state['version']}: `make clean` forgets it")
            self._put_items(self._made(state, "tables"))
            self._put_secrets(self._made(state, "secrets"))
            self._put_objects(self._made(state, "buckets"))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, BotoCoreError, ClientError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise StateError(f"{path} is unreadable ({reason}): `make clean` forgets it") from error

    def _made(self, state: Mapping[str, Any], kind: str) -> dict[str, Any]:
        """What was saved of a kind, without what this run leaves out: that is kept."""
        self._kept[kind] = {name: content for name, content in state[kind].items() if name in self._left_out}
        return {name: content for name, content in state[kind].items() if name not in self._left_out}

    def put_secret(self, secret: str, value: str) -> None:
        """Have a secret hold `value`."""
        self._secretsmanager.put_secret_value(SecretId=secret, SecretString=value)

    def _items(self, table: str) -> Iterator[dict[str, Any]]:
        for page in self._dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            yield from page["Items"]

    def _put_items(self, tables: Mapping[str, list[dict[str, Any]]]) -> None:
        for name, items in tables.items():
            table = _physical(self._tables, name)
            for start in range(0, len(items), _BATCH):
                batch: list[Any] = [
                    {"PutRequest": {"Item": attributes(item)}} for item in items[start : start + _BATCH]
                ]
                self._dynamodb.batch_write_item(RequestItems={table: batch})

    def _secret(self, secret: str) -> dict[str, str]:
        value = self._secretsmanager.get_secret_value(SecretId=secret)
        return {key: jsonable(value[key]) for key in ("SecretString", "SecretBinary") if key in value}

    def _put_secrets(self, secrets: Mapping[str, dict[str, str]]) -> None:
        for name, value in secrets.items():
            if "SecretBinary" in value:
                content = base64.b64decode(value["SecretBinary"], validate=True)
                self._secretsmanager.put_secret_value(SecretId=_physical(self._secrets, name), SecretBinary=content)
            else:
                self.put_secret(_physical(self._secrets, name), value["SecretString"])

    def _objects(self, bucket: str) -> Iterator[dict[str, Any]]:
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", ()):
                found = self.s3.get_object(Bucket=bucket, Key=entry["Key"])
                yield {
                    "Key": entry["Key"],
                    "Body": jsonable(found["Body"].read()),
                    "ContentType": found["ContentType"],
                    # waitress capitalises header names; S3's own are in lower case.
                    "Metadata": {name.lower(): value for name, value in found["Metadata"].items()},
                }

    def _put_objects(self, buckets: Mapping[str, list[dict[str, Any]]]) -> None:
        for name, objects in buckets.items():
            for entry in objects:
                body = base64.b64decode(entry["Body"], validate=True)
                self.s3.put_object(**{**entry, "Bucket": _physical(self._buckets, name), "Body": body})


def _physical(names: Mapping[str, str], name: str) -> str:
    if name not in names:
        raise StateError(f"the saved state holds {name}, which the template no longer defines: `make clean` forgets it")
    return names[name]


def jsonable(value: str | bytes) -> str:
    """Return what stands for a value in JSON, which has no bytes: they are kept in base64, as DynamoDB does."""
    return value if isinstance(value, str) else base64.b64encode(value).decode("ascii")


def attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item read from JSON as boto3 wants it: the binary attribute values are bytes again."""
    return {name: _attribute(value) for name, value in item.items()}


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: base64.b64decode(content, validate=True)}
        case "BS":
            return {kind: [base64.b64decode(member, validate=True) for member in content]}
        case "L":
            return {kind: [_attribute(member) for member in content]}
        case "M":
            return {kind: attributes(content)}
        case _:
            return value
