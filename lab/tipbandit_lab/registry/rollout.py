"""Which version serves: promoting one, going back, and everything that happened.

The history is the truth: each step is one tag of the version it is about, written at once. The alias ``champion`` and
the settings follow from it, and are made to agree after each step and before the next: who is killed in between leaves
nothing that the next command does not put right.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from tipbandit_lab.cards.sections import Happened
from tipbandit_lab.errors import RunError
from tipbandit_lab.registry.store import model_of
from tipbandit_lab.registry.versions import CHALLENGER, CHAMPION, Version, versions

if TYPE_CHECKING:
    from mlflow import MlflowClient

_TAG: Final = "rollout."


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of the history.

    Attributes:
        number: from 1 on, over all versions.
        at: when, ISO 8601, UTC.
        action: what was done.
        version: the name of who serves from then on; None: nobody of this registry, so the service as it is by itself.
        instead: the name of who served before; None likewise.
        reason: that was given.
        forced: whether it was done against what the records say; what they say.
    """

    number: int
    at: str
    action: Literal["promoted", "restored"]
    version: str | None
    instead: str | None
    reason: str = ""
    forced: str = ""


def history(found: Sequence[Version]) -> tuple[Event, ...]:
    """Return everything that happened to some versions, the first first."""
    events = [
        Event(**json.loads(value)) for version in found for name, value in version.tags.items() if name.startswith(_TAG)
    ]
    return tuple(sorted(events, key=lambda each: each.number))


def champions(events: Sequence[Event]) -> tuple[str, ...]:
    """Return who serves, the last, and those it would be rolled back to: a promotion adds one, a rollback takes one."""
    stack: list[str] = []
    for each in events:
        if each.action == "promoted" and each.version is not None:
            stack.append(each.version)
        else:
            stack.pop()
    return tuple(stack)


def champion(found: Sequence[Version]) -> Version | None:
    """Return who serves of all versions, if anybody was promoted."""
    stack = champions(history(found))
    return next((each for each in found if stack and each.name == stack[-1]), None)


def about(version: Version, events: Sequence[Event]) -> tuple[Happened, ...]:
    """Return what happened to one version, in words."""
    told = []
    for each in events:
        why = "; ".join(part for part in (each.reason, each.forced and f"forced, although {each.forced}") if part)
        if each.version == version.name:
            instead = f", instead of {each.instead}" if each.instead else ""
            told.append(Happened(each.at, f"{each.action}{instead}", why))
        elif each.instead == version.name:
            told.append(Happened(each.at, f"{each.version or 'the service by itself'} {each.action} instead", why))
    return tuple(told)


def promote(client: "MlflowClient", version: Version, *, reason: str = "", forced: str = "") -> Event:
    """Let a version serve; whether it may was asked before.

    Raises:
        RunError: if it serves already.
    """
    found = settled(client)
    before = champion(found)
    if before is not None and before.name == version.name:
        raise RunError(f"{version.name} serves already")
    event = _next(found, "promoted", version.name, before, reason=reason, forced=forced)
    return _done(client, version, event)


def rollback(client: "MlflowClient", *, reason: str = "") -> Event:
    """Let the version serve again that served before; nobody, if the first is taken back.

    Raises:
        RunError: if nobody serves, or who served before is no longer there.
    """
    found = settled(client)
    stack = champions(history(found))
    serving = champion(found)
    if serving is None:
        raise RunError("there is nothing to take back: no version of the registry serves")
    name = stack[-2] if len(stack) > 1 else None
    if name is not None and name not in {each.name for each in found}:
        raise RunError(f"{name}, which served before, is no longer in the registry")
    return _done(client, serving, _next(found, "restored", name, serving, reason=reason))


def settled(client: "MlflowClient") -> tuple[Version, ...]:
    """Make the alias agree with the history, and return all versions."""
    found = versions(client)
    serving = champion(found)
    for each in found:
        wants, has = serving is not None and each.name == serving.name, CHAMPION in each.aliases
        if has and not wants:
            client.delete_registered_model_alias(model_of(each.policy), CHAMPION)
    if serving is not None and CHAMPION not in serving.aliases:
        client.set_registered_model_alias(model_of(serving.policy), CHAMPION, str(serving.number))
    if serving is not None and CHALLENGER in serving.aliases:
        client.delete_registered_model_alias(model_of(serving.policy), CHALLENGER)
    return versions(client)


def _next(  # noqa: PLR0913 - what an event is made of
    found: Sequence[Version],
    action: Literal["promoted", "restored"],
    name: str | None,
    before: Version | None,
    *,
    reason: str = "",
    forced: str = "",
) -> Event:
    events = history(found)
    return Event(
        number=events[-1].number + 1 if events else 1,
        at=datetime.now(tz=UTC).isoformat(timespec="seconds"),
        action=action,
        version=name,
        instead=None if before is None else before.name,
        reason=reason,
        forced=forced,
    )


def _done(client: "MlflowClient", version: Version, event: Event) -> Event:
    tag = f"{_TAG}{event.number:06d}"
    client.set_model_version_tag(model_of(version.policy), str(version.number), tag, json.dumps(asdict(event)))
    settled(client)
    return event
