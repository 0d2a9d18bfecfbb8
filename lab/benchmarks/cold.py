"""Run in a fresh interpreter: import one function as Lambda does, step by step, and print what each step took.

``python -P cold.py bare`` or ``python -P cold.py <path of an app.py>``: one JSON object of milliseconds of the main
thread's CPU, and of the clock under ``wall``.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

_LIBRARIES = {
    "wire": ["http.client", "ssl", "botocore.exceptions"],
    "numpy": ["numpy"],
    "pydantic": ["pydantic", "pydantic.main", "pydantic.fields", "pydantic.types", "pydantic.functional_validators"],
    "powertools": ["aws_lambda_powertools", "aws_lambda_powertools.logging"],
}
"""In the order in which they are imported; what two of them need counts for the first."""


class _Watch:
    def __init__(self) -> None:
        self.taken: dict[str, float] = {}

    def run(self, step: str, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        started = time.thread_time()
        result = work(*args, **kwargs)
        self.taken[step] = self.taken.get(step, 0.0) + (time.thread_time() - started) * 1000
        return result

    def load(self, libraries: dict[str, list[str]]) -> None:
        for step, names in libraries.items():
            for name in names:
                self.run(step, import_module, name)


def _bare(watch: _Watch) -> None:
    """Do what the smallest handler that talks to DynamoDB does."""
    watch.run("boto3", import_module, "boto3")
    watch.run("clients", sys.modules["boto3"].client, "dynamodb")


def _function(watch: _Watch, path: str) -> None:
    watch.load(_LIBRARIES)
    aws = import_module("tipbandit.adapters.aws")
    make_client = aws.client

    def timed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return watch.run("clients", make_client, *args, **kwargs)

    vars(aws)["client"] = timed
    spec = spec_from_file_location("app", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    spec.loader.exec_module(module_from_spec(spec))


def main(what: str) -> None:
    """Import ``what`` and print the times."""
    watch = _Watch()
    started, wall = time.thread_time(), time.perf_counter()
    if what == "bare":
        _bare(watch)
    else:
        _function(watch, what)
    watch.taken["cpu"] = (time.thread_time() - started) * 1000
    watch.taken["wall"] = (time.perf_counter() - wall) * 1000
    sys.stdout.write(json.dumps(watch.taken))


if __name__ == "__main__":
    main(sys.argv[1])
