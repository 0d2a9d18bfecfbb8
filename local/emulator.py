"""The AWS services the functions use, emulated by moto in a process of its own: ``python -m local.emulator``.

moto 5 answers each request on whatever thread it arrives and reads, changes and writes an item without a
lock: two updates at once can lose one, and a conditional write may succeed twice. Here a single thread
answers every request of every service, so no two calls ever overlap and neither can happen; the price, a
queue, is what one machine can bear. `THREADS` is therefore not a setting.

The process reads its orders, JSON lines, from standard input: first what to make and what to put into it, then
which objects the lake has gained, at last ``stop``. The end of the input means the parent is gone; then too the state
is saved before leaving. It answers on the descriptor named by the last argument.
"""

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudformation import models as _cloudformation  # noqa: F401  (now, not in the first request)
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local import secret as _secret  # noqa: F401  (registers the resource type)
from local.lake.mirror import Mirror
from local.prompt_versions import PromptVersionError, publish
from local.state import Resources, StateError, Storage
from local.wsgi import Application, Server, listen

THREADS: Final = 1
STACK: Final = "local"


def _create(endpoint: str, order: dict[str, Any]) -> tuple[dict[str, str], Resources]:
    """Create the stack and return its outputs and the names of its resources."""
    once = Config(retries={"total_max_attempts": 1})  # the first refusal is the one that says why
    cloudformation = boto3.client("cloudformation", endpoint_url=endpoint, config=once)
    cloudformation.create_stack(
        StackName=STACK,
        TemplateBody=json.dumps(order["body"], default=str),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in order["parameters"].items()],
    )
    outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0].get("Outputs", [])
    resources: dict[str, dict[str, str]] = {}
    for resource in cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]:
        if "ResourceType" in resource:  # else it has a condition that does not hold
            names = resources.setdefault(resource["ResourceType"], {})
            names[resource["LogicalResourceId"]] = resource["PhysicalResourceId"]
    return {output["OutputKey"]: output["OutputValue"] for output in outputs if "OutputValue" in output}, resources


def _version(buckets: Mapping[str, str], order: dict[str, Any], storage: Storage) -> None:
    """Have the buckets keep what is written over or deleted, as the template says and moto's CloudFormation forgets."""
    for name, bucket in buckets.items():
        properties = order["body"]["Resources"][name].get("Properties", {})
        if asked := properties.get("VersioningConfiguration"):
            storage.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=asked)


def _furnish(order: dict[str, Any], outputs: Mapping[str, str], storage: Storage) -> list[str]:
    """Put secrets and prompt versions where the order's outputs say, and return what is amiss with them."""
    for name, value in order.get("secrets", {}).items():
        storage.put_secret(outputs[name], value)
    published = [
        publish(Path(directory), outputs[name], storage.s3) for name, directory in order.get("prompts", {}).items()
    ]
    return [warning for warnings in published for warning in warnings]


def _application() -> Application:
    """Every service moto has."""
    moto = DomainDispatcherApplication(create_backend_app)

    def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        # Object keys are told apart by the path as it was sent, and moto looks for it under werkzeug's name.
        environ["RAW_URI"] = environ["REQUEST_URI"]
        answer: Iterable[bytes] = moto(environ, start_response)
        return answer

    return application


def _mirror(mirror: Mirror) -> None:
    """Put into the lake's bucket what its directory gains, until told to stop or orphaned."""
    for line in sys.stdin:
        told = json.loads(line)
        if "put" not in told:
            return
        try:
            mirror.put(told["put"])
        except (BotoCoreError, ClientError, OSError) as error:
            sys.stderr.write(f"{told['put']} is not in the lake's bucket: {error}\n")


def _serve(order: dict[str, Any], sock: socket.socket, answer: Callable[[dict[str, Any]], None]) -> None:
    """Create or restore everything, say so, serve until told to stop or orphaned, and save."""
    state = Path(order["state"])
    server = Server(_application(), sock, THREADS)
    port = sock.getsockname()[1]
    endpoint = f"http://{order['host'] if order['host'] != '0.0.0.0' else '127.0.0.1'}:{port}"  # noqa: S104
    outputs, resources = _create(endpoint, order)
    buckets = dict(resources.get("AWS::S3::Bucket", {}))
    lake = buckets.pop(order["lake"]["bucket"], "")  # its directory is what is kept of it
    storage = Storage(endpoint, {**resources, "AWS::S3::Bucket": buckets}, defined=order["body"]["Resources"])
    _version(buckets, order, storage)
    storage.load(state)
    warnings = _furnish(order, outputs, storage)
    mirror = Mirror(lake, Path(order["lake"]["directory"]), storage.s3)
    storage.save(state)  # what cannot be saved is said now, not after a day's work
    answer({"ok": {"endpoint": endpoint, "outputs": outputs, "warnings": warnings, "lake": lake}})
    with contextlib.suppress(KeyboardInterrupt):
        _mirror(mirror)
    storage.save(state)
    server.close()


def main() -> None:
    """Run the emulator as its parent orders."""
    descriptor = int(sys.argv[-1])

    def answer(message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):  # an orphan has nobody to tell
            os.write(descriptor, json.dumps(message).encode() + b"\n")

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    order = json.loads(sys.stdin.readline() or "null")
    if order is None:
        return
    try:
        sock = listen(order["host"], order["port"])
    except OSError as error:
        answer({"error": f"cannot listen on {order['host']}:{order['port']}: {error.strerror}"})
        return
    try:
        _serve(order, sock, answer)
        answer({"ok": None})
    except (StateError, PromptVersionError) as error:
        answer({"error": str(error)})
    except (BotoCoreError, ClientError) as error:
        answer({"error": f"the template's storage cannot be made: {' '.join(str(error).split())}"})
    except OSError as error:
        answer({"error": f"cannot save {order['state']}, which stays as it was: {error.strerror}"})


if __name__ == "__main__":
    main()
