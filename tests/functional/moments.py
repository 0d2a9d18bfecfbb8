"""What POST /generate is given, what it publishes, and its prompts taken away."""

from typing import Any, Final

from tests.support.bodies import CONTEXT, USER
from tests.support.cloud import PROMPT_BUCKET, Cloud, prompts
from tests.support.lambdas import Invocation

SIGNALS: Final = {
    "local_time": CONTEXT,
    "locale": "en",
    "open_tasks": [
        {"title": "File the expenses", "due_in_hours": 4, "priority": 0.9, "age_hours": 52},
        {"title": "Call grandma", "priority": 0.5},
    ],
    "calendar": {"meetings_left": 3, "free_in_hours": 0.5},
    "reactions": [{"reaction": "dismissed", "kind": "break", "text": "Stand up and stretch.", "hours_ago": 20}],
    "notes": ["Learning the cello"],
}
PATH: Final = "/generate"


def generating(**changed: object) -> dict[str, Any]:
    """Return the body of a POST /generate."""
    return {"user_id": USER, "signals": SIGNALS, **changed}


def by_version(answer: Invocation, name: str) -> dict[str, float]:
    """Return the values of a metric by prompt version."""
    lines = [line for line in answer.metrics if name in line and "prompt_version" in line]
    return {line["prompt_version"]: sum(line[name]) for line in lines}


def without_bucket(cloud: Cloud) -> None:
    """Take the prompt bucket away."""
    for version in prompts():
        cloud.delete_prompt(version)
    cloud.s3.delete_bucket(Bucket=PROMPT_BUCKET)
