"""What was run, and how to run it again."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tipbandit_lab.gate.criteria import Criteria
from tipbandit_lab.gate.evidence import Evidence
from tipbandit_lab.gate.logged import Logged, LoggedCriteria
from tipbandit_lab.gate.record import Record
from tipbandit_lab.report import numbers
from tipbandit_lab.report.plot import Table

_SETTING: Final = {"users": "users", "days": "days", "moments_a_day": "moments", "candidates": "candidates"}
"""Options of the command line by what they set."""
_CRITERIA: Final = ("margin", "alpha", "harm_alpha")
_A_LINE: Final = 4
"""Personas."""
_PROGRAM: Final = "python -m tipbandit_lab gate"


def facts(record: Record, evidence: Evidence) -> tuple[tuple[str, str], ...]:
    """Return what there was of everything, as terms and values."""
    config, look = record.config, record.look
    setting = _setting(config)
    users = setting.get("users")
    days = len(evidence.days)
    decisions = evidence.decisions * days * len(evidence.personas) * len(evidence.seeds)
    found = {
        "Date": record.date,
        "Candidate": record.candidate,
        "Incumbent": record.incumbent,
        "Seeds": f"{len(record.seeds)} ({seeds(record.seeds)})",
        "Personas": str(len(evidence.personas)),
        "Users": f"{numbers.count(users * config.get('blocks', 1))} of each persona and seed" if users else None,
        "Days": str(days),
        "Decisions": f"{numbers.count(decisions)} by each player"
        + (f"; {setting['moments_a_day']} a user and day" if "moments_a_day" in setting else ""),
        "Candidates": f"{setting['candidates']} tips to choose from" if "candidates" in setting else None,
        "Look": f"number {look.number} at this comparison; it may spend {numbers.significant(look.alpha)} of the "
        f"error probability {numbers.significant(record.criteria.alpha)}",
        "Code version": record.code_version,
        "Commit": config.get("commit"),
        "Fingerprint of the run": config.get("fingerprint"),
        "Fingerprint of the numbers": record.fingerprint,
    }
    return tuple((term, str(value)) for term, value in found.items() if value is not None)


def seeds(numbers_used: tuple[int, ...]) -> str:
    """Return seeds in few characters: "0 to 29", or all of them."""
    first, last = numbers_used[0], numbers_used[-1]
    if len(numbers_used) > 1 and numbers_used == tuple(range(first, last + 1)):
        return f"{first} to {last}"
    return ", ".join(map(str, numbers_used))


def command(record: Record, evidence: Evidence) -> str | None:
    """Return the command that gives the same numbers; None if no command does."""
    first = record.seeds[0]
    if record.seeds != tuple(range(first, first + len(record.seeds))) or record.config.get("blocks", 1) != 1:
        return None
    setting, usual = _setting(record.config), Criteria()
    names = evidence.personas
    options = [
        ("against", record.incumbent),
        *(("personas", ",".join(names[place : place + _A_LINE])) for place in range(0, len(names), _A_LINE)),
        ("seeds", len(record.seeds)),
        *([("first-seed", first)] if first else []),
        *((option, setting[name]) for name, option in _SETTING.items() if name in setting),
        *(
            (name.replace("_", "-"), asked)
            for name in _CRITERIA
            if (asked := getattr(record.criteria, name)) != getattr(usual, name)
        ),
        *([("look", record.look.number)] if record.look.number > 1 else []),
        *(_logged(record.logged) if record.logged else []),
    ]
    written = [f"--{name} {shlex.quote(str(value))}" for name, value in options]
    return " \\\n  ".join([f"{_PROGRAM} {shlex.quote(record.candidate)}", *written])


def _logged(logged: Logged) -> Iterator[tuple[str, object]]:
    """The options that logged data were asked with; those that are as usual are left out."""
    usual, asked = LoggedCriteria(), logged.criteria
    yield "lake", logged.lake
    if logged.days is not None:
        yield "logged-days", logged.days
    if logged.evaluation["treated"] != "drop":
        yield "unrewarded", logged.evaluation["treated"]
    if logged.shadow is not None:
        yield "shadow", logged.shadow
    if asked.bound != usual.bound:
        yield "bound", asked.bound
    for name in ("margin", "alpha"):
        if getattr(asked, name) != getattr(usual, name):
            yield f"logged-{name}", getattr(asked, name)
    if logged.look.number > 1:
        yield "logged-look", logged.look.number


def personas(record: Record, evidence: Evidence) -> tuple[tuple[str, str, str], ...]:
    """Return each persona's name, what is known of its users, and who they are."""
    described = {each.get("name"): each for each in record.config.get("personas") or () if isinstance(each, Mapping)}
    rows = []
    for name, profiled in zip(evidence.personas, evidence.has_profile, strict=True):
        own = described.get(name, {})
        note = "profile sent" if profiled else "no profile"
        past = f", {own['past_days']} days of past" if own.get("past_days") else ""
        rows.append((name, note + past, str(own.get("description", numbers.NONE))))
    return tuple(rows)


def policies(record: Record) -> Table | None:
    """Return what the two are made of, side by side; None if the run does not say."""
    players = record.config.get("players")
    described = players if isinstance(players, Mapping) else {}
    both = [_scalars(described.get(name)) for name in (record.candidate, record.incumbent)]
    if not all(both):
        return None
    names = dict.fromkeys(name for each in both for name in each)
    rows = tuple((name.replace("_", " "), *(each.get(name, numbers.NONE) for each in both)) for name in names)
    return Table("The two policies", ("setting", "candidate", "incumbent"), rows)


def _scalars(player: object) -> dict[str, str]:
    """The settings of a policy that are one number or word, and the name and size of its feature set."""
    policy = player.get("policy") if isinstance(player, Mapping) else None
    if not isinstance(policy, Mapping):
        return {}
    found = {}
    for name, value in policy.items():
        if isinstance(value, Mapping) and "features" in value:
            found[name] = f"{value.get('name')} ({len(value['features'])} features)"
        elif isinstance(value, int | float | str | None) and name != "type":
            found[name] = numbers.NONE if value is None else str(value)
    return found


def _setting(config: Mapping[str, Any]) -> Mapping[str, Any]:
    setting = config.get("setting")
    return setting if isinstance(setting, Mapping) else {}
