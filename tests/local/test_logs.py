"""What the local stack writes down on this machine: no secret and no text, as in AWS."""

import json
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from local.options import Options
from local.service import running
from tests.local.conftest import client
from tests.support import canaries

pytestmark = pytest.mark.slow
NOTE: Final = "Only the doctor knows of this"
SIGNALS: Final = {
    "local_time": {"hour": 9, "weekday": 0},
    "open_tasks": [{"title": "Fetch the test results", "due_in_hours": 3}],
    "notes": [NOTE],
}


def asked(caller: httpx.Client, path: str, body: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """A request and its answer, as far as texts go."""
    text = json.dumps(body)
    answer = caller.post(path, content=text, headers={"content-type": "application/json"})
    return {"body": text}, {"body": answer.text}


def test_nothing_of_what_callers_say_and_of_what_is_secret_is_in_any_log(tmp_path: Path) -> None:
    options = Options(state=tmp_path, variables=canaries.VARIABLES)
    score = {"user_id": "u-1", "context": {"hour": 9, "weekday": 0}, "candidates": [{"tip_id": "walk"}]}
    with running(options) as service, httpx.Client(base_url=service.url, trust_env=False, timeout=30) as caller:
        scored = asked(caller, "/score", score)
        token = json.loads(scored[1]["body"])["decision"]
        exchanges = [
            scored,
            asked(caller, "/reward", {"decision": token, "reward": 1}),
            asked(caller, "/reward", {"decision": f"{token}A", "reward": 1}),
            asked(caller, "/generate", {"user_id": "u-1", "signals": SIGNALS}),
            asked(caller, "/generate", {"user_id": "u-1", "signals": {**SIGNALS, "notes": NOTE}}),
        ]
        secrets = client(service, "secretsmanager")
        keys = [
            secrets.get_secret_value(SecretId=each["ARN"])["SecretString"]
            for each in secrets.list_secrets()["SecretList"]
        ]
    logged = "\n".join(path.read_text("utf-8") for path in sorted(options.logs.rglob("*")) if path.is_file())

    assert [json.loads(result["body"]).get("error", {}).get("code") for _, result in exchanges] == [
        None,
        None,
        "invalid_fields",
        None,
        "invalid_fields",
    ]
    assert all(f'"{event}"' in logged for event in ("decision", "reward", "generation", "refused"))
    for given, result in exchanges:
        canaries.look(given, result, logged)
    assert len(keys) >= 1
    assert not any(key in logged for text in keys for key in json.loads(text).values() if len(key) > 2)
    with pytest.raises(canaries.LeakError):
        canaries.look(*exchanges[3], f"{logged}\n{NOTE}")
