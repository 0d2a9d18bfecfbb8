"""Run in the environment of the SAM command line: prints the events that ``sam local start-api`` makes of requests.

The first argument is the template; standard input is JSON, a list of requests [method, path, body].
"""

import json
import sys

from flask import Flask, request
from samcli.lib.providers.api_provider import ApiProvider  # type: ignore[import-not-found]
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider  # type: ignore[import-not-found]
from samcli.local.apigw.event_constructor import construct_v2_event_http  # type: ignore[import-not-found]


def main() -> None:
    """Do so, with a container for nothing of it."""
    stacks, _ = SamLocalStackProvider.get_stacks(sys.argv[1])
    api = ApiProvider(stacks).api
    app, events = Flask(__name__), []
    for method, path, body in json.load(sys.stdin):
        with app.test_request_context(path, method=method, json=body):
            event = construct_v2_event_http(
                request, 3000, api.binary_media_types, api.stage_name, api.stage_variables, f"{method} {request.path}"
            )
        events.append(event)
    sys.stdout.write(json.dumps(events))


if __name__ == "__main__":
    main()
