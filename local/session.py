"""A short session with the running service: what a newcomer sees first."""

import json
import secrets
from typing import Any, Final

import httpx
from rich.console import Console

from local.terminal import show_json

_CONTEXT: Final = {"hour": 8.5, "weekday": 0}
_CANDIDATES: Final = [
    {"tip_id": "pay-the-rent", "priority": 0.9, "due_in_hours": 5, "age_hours": 30},
    {"tip_id": "stretch-your-back", "priority": 0.3, "age_hours": 1},
    {"tip_id": "call-your-mother", "priority": 0.6, "age_hours": 120},
]


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
        """Decide, reward, decide again, look at what was learned.

        Raises:
            SessionError: a call failed.
        """
        # trust_env: a proxy someone has set for the internet must not get what stays on this machine.
        with httpx.Client(base_url=self._url, timeout=30, trust_env=False) as client:
            question = {"user_id": self.user_id, "context": _CONTEXT, "candidates": _CANDIDATES}
            self._say(f"1. It is Monday, 8:30. Which of three tips should {self.user_id}, a new user, see?")
            first = self._call(client, "POST", "/score", question)
            self._say(f'2. "{first["tip_id"]}" is shown, and waved away.')
            self._call(client, "POST", "/reward", {"decision": first["decision"], "reaction": "dismissed"})
            self._say("3. The same question again.")
            second = self._call(client, "POST", "/score", question, shown=False)
            self._compare(first, second)
            self._say("4. What has been learned so far, as weights by feature name:")
            self._call(client, "GET", f"/stats/linucb?user_id={self.user_id}")

    def _say(self, text: str) -> None:
        self._console.print(f"\n[bold]{text}[/]", highlight=False)

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

    def _compare(self, first: dict[str, Any], second: dict[str, Any]) -> None:
        before = {row["tip_id"]: row["score"] for row in first["ranking"]}
        self._console.print("    [dim]what it learned from that one answer:[/]")
        for row in second["ranking"]:
            change = f"{before[row['tip_id']]:+.3f} -> {row['score']:+.3f}"
            self._console.print(f"    {row['tip_id']:<20} score {change}", highlight=False)

    def show_curl(self) -> None:
        """Print how to make the same calls from a shell."""
        question = json.dumps({"user_id": self.user_id, "context": _CONTEXT, "candidates": _CANDIDATES[:2]})
        read = """python3 -c 'import json, sys; print(json.load(sys.stdin)["decision"])'"""
        self._say("The same from a shell:")
        for line in (
            f"ANSWER=$(curl -s {self._url}/score -d '{question}'); echo $ANSWER",
            f"DECISION=$(echo $ANSWER | {read})",
            f"""curl -s {self._url}/reward -d '{{"decision": "'$DECISION'", "reaction": "completed"}}'""",
            f"curl -s '{self._url}/stats?user_id={self.user_id}'",
        ):
            self._console.print(f"  {line}", soft_wrap=True, highlight=False, markup=False)
