# ruff: noqa: INP001  a script beside the events, not a package
"""Turn the score function's answer into the event that rewards the decision it made.

A good token cannot be recorded: each stack signs with a key of its own, and a decision can be rewarded for a week.
So this is the one event that is made instead, from the answer on standard input::

    sam local invoke ScoreFunction -e events/score/ok.json ... | python events/reward_of.py completed |
        sam local invoke RewardFunction -e - ...
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def reward_event(answer: Mapping[str, Any], reaction: str) -> dict[str, Any]:
    """Return the event of POST /reward with the decision token of a score answer, and a reaction.

    Raises:
        ValueError: if the answer is a refusal.
    """
    if answer.get("statusCode") != 200:  # noqa: PLR2004  HTTP's own
        raise ValueError(f"there is no decision in {answer.get('body', answer)}")
    event: dict[str, Any] = json.loads(Path(__file__).with_name("reward").joinpath("ok.json").read_text("utf-8"))
    event["body"] = json.dumps({"decision": json.loads(answer["body"])["decision"], "reaction": reaction})
    event["headers"]["content-length"] = str(len(event["body"]))
    return event


def main() -> None:
    """Read the answer, the last line of standard input, and print the event."""
    try:
        answer = json.loads(sys.stdin.read().strip().rpartition("\n")[2])
        json.dump(reward_event(answer, *(sys.argv[1:] or ["completed"])), sys.stdout)
    except (ValueError, TypeError) as error:
        sys.exit(f"reward_of: {error}")


if __name__ == "__main__":
    main()
