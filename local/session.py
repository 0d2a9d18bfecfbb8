"""A short session with the running service: what a newcomer sees first."""

import json
import secrets
from typing import Any, Final

import httpx
from rich.console import Console

from local.terminal import show_json

_CONTEXT: Final = {"hour": 8.5, "weekday": 0}
_SIGNALS: Final = {
    "local_time": _CONTEXT,
    "open_tasks": [
        {"title": "Pay the rent", "priority": 0.9, "due_in_hours": 5, "age_hours": 30},
        {"title": "Call your mother", "priority": 0.6, "age_hours": 120},
    ],
    "calendar": {"meetings_left": 3, "free_in_hours": 1.5},
}
_OF_A_CANDIDATE: Final = ("tip_id", "priority", "due_in_hours", "prompt_version")
"""What of a tip goes into /score, which takes no text."""
_PATIENCE_S: Final = 35.0
"""A little more than the slowest function takes."""


class SessionError(Exception):
    """A call was not answered as it should be."""


class Session:
    """Makes real calls over HTTP and prints both sides."""

    def __init__(self, console: Console, url: str) -> None:
        self._console = console
        self._url = url
        # A user nobody has met, so the numbers start at nothing whatever the state holds.
        self.user_id = f"ann-{secrets.token_hex(3)}"

    def run(self) -> None:
        """Have tips written, decide, reward, decide again, look at what was learned.

        Raises:
            SessionError: a call failed.
        """
        # trust_env: a proxy someone has set for the internet must not get what stays on this machine.
        with httpx.Client(base_url=self._url, timeout=_PATIENCE_S, trust_env=False) as client:
            self._say(f"1. It is Monday, 8:30. What could {self.user_id}, a new user, do now?")
            tips = self._call(client, "POST", "/generate", {"user_id": self.user_id, "signals": _SIGNALS})["tips"]
            texts = {tip["tip_id"]: tip["text"] for tip in tips}
            self._say("2. Which of these tips should be shown?")
            candidates = [{name: tip[name] for name in _OF_A_CANDIDATE if tip[name] is not None} for tip in tips]
            question = {"user_id": self.user_id, "context": _CONTEXT, "candidates": candidates}
            first = self._call(client, "POST", "/score", question)
            self._say(f'3. "{texts[first["tip_id"]]}" is shown, and waved away.')
            self._call(client, "POST", "/reward", {"decision": first["decision"], "reaction": "dismissed"})
            self._say("4. The same question again.")
            second = self._call(client, "POST", "/score", question, shown=False)
            self._compare(first, second, texts)
            self._say("5. What has been learned so far, as weights by feature name:")
            self._call(client, "GET", f"/stats/linucb?user_id={self.user_id}")

    def _say(self, text: str) -> None:
        self._console.print(f"\n{text}", style="bold", highlight=False, markup=False)

    def _call(
        self, client: httpx.Client, method: str, path: str, body: object = None, *, shown: bool = True
    ) -> dict[str, Any]:
        self._console.print(f"  [cyan]{method} {path}[/]{'' if shown else ' [dim](as above)[/]'}", highlight=False)
        if body is not None and shown:
            show_json(self._console, body)
        try:
            response = client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise SessionError(f"{method} {path} was not answered: {error}") from error
        if response.status_code != httpx.codes.OK:
            raise SessionError(f"{method} {path} answered {response.status_code}: {response.text}")
        answer: dict[str, Any] = response.json()
        self._console.print(f"  [green]{response.status_code}[/]", highlight=False)
        show_json(self._console, answer)
        return answer

    def _compare(self, first: dict[str, Any], second: dict[str, Any], texts: dict[str, str]) -> None:
        before = {row["tip_id"]: row["score"] for row in first["ranking"]}
        self._console.print("    [dim]what it learned from that one answer:[/]")
        for row in second["ranking"]:
            change = f"{before[row['tip_id']]:+.3f} -> {row['score']:+.3f}"
            self._console.print(f"    score {change}  {texts[row['tip_id']]}", highlight=False, markup=False)

    def show_curl(self) -> None:
        """Print how to make the same calls from a shell."""
        asked = json.dumps({"user_id": self.user_id, "signals": _SIGNALS})
        known = json.dumps({"user_id": self.user_id, "context": _CONTEXT})
        tips = f"[{{name: tip[name] for name in {_OF_A_CANDIDATE}}} for tip in json.load(sys.stdin)['tips']]"
        candidates = f"""python3 -c "import json, sys; print(json.dumps({tips}))" """.rstrip()
        read = """python3 -c 'import json, sys; print(json.load(sys.stdin)["decision"])'"""
        self._say("The same from a shell:")
        for line in (
            f"TIPS=$(curl -s {self._url}/generate -d '{asked}'); echo \"$TIPS\"",
            f'CANDIDATES=$(echo "$TIPS" | {candidates})',
            f"ANSWER=$(curl -s {self._url}/score -d '{known[:-1]}, \"candidates\": '\"$CANDIDATES\"'}}'); echo $ANSWER",
            f"DECISION=$(echo $ANSWER | {read})",
            f"""curl -s {self._url}/reward -d '{{"decision": "'$DECISION'", "reaction": "completed"}}'""",
            f"curl -s '{self._url}/stats?user_id={self.user_id}'",
        ):
            self._console.print(f"  {line}", soft_wrap=True, highlight=False, markup=False)
