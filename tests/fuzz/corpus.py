"""Requests that nobody means well with, each with the status it must get.

A body is put together from raw JSON text, so that it can hold what no JSON library would write. What is refused
carries `MARKER`, which no answer may repeat; it never stands in a field's name, which a refusal does give.
"""

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.fuzz.values import NUMBERS, ODD_NUMBERS, TEXTS, UNREADABLE, WRONG_TYPES

MARKER: Final = "Zq7Marker"
USER: Final = f"fuzzed-{MARKER}"
DECISION: Final = "decision-id-of-now"
"""Stands for a decision id; whoever sends the body puts a new one in its place."""

JSON: Final = "application/json"
KIB: Final = 1024

FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "score": {
        "user_id": f'"{USER}"',
        "context": '{"hour": 18, "weekday": 4}',
        "candidates": '[{"tip_id": "stretch", "priority": 0.5}]',
    },
    "reward": {
        "decision_id": '"' + DECISION + '"',
        "user_id": f'"{USER}"',
        "context": '{"hour": 18, "weekday": 4}',
        "candidate": '{"tip_id": "stretch"}',
        "reward": "1",
    },
    "reset": {"user_id": f'"reset-{MARKER}"'},
    "generate": {"user_id": f'"{USER}"', "signals": '{"notes": ["Works from home."]}', "n": "1"},
}
"""What each route takes, field by field."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request, and the status of its answer; `why` is said where something odd is accepted."""

    name: str
    path: str
    body: bytes
    status: int
    method: str = "POST"
    content_type: str | None = JSON
    why: str = ""


def body(route: str, **changed: str | None) -> bytes:
    """Return a body of a route with some fields changed to raw text, added, or (None) left out."""
    fields: dict[str, str | None] = {**FIELDS[route], **changed}
    return ("{" + ", ".join(f'"{name}": {raw}' for name, raw in fields.items() if raw is not None) + "}").encode()


def corpus() -> tuple[Hostile, ...]:
    """Return all of them."""
    return (*_unreadable(), *_oddities(), *_numbers(), *_texts(), *_structures(), *_transport(), *_paths(), *_queries())


def _unreadable() -> Iterator[Hostile]:
    """Bodies that are wrong whatever the route."""
    for route in FIELDS:
        whole = body(route)
        for name, raw, status in (*UNREADABLE, *WRONG_TYPES):
            yield Hostile(f"{route}: {name}", f"/{route}", raw.replace(b"MARKER", MARKER.encode()), status)
        for codec in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig"):
            yield Hostile(f"{route}: in {codec}", f"/{route}", whole.decode().encode(codec), 400)
        for cut in (1, len(whole) // 2, len(whole) - 1):
            yield Hostile(f"{route}: cut after {cut} bytes", f"/{route}", whole[:cut], 400)
        yield Hostile(f"{route}: twice", f"/{route}", whole + whole, 400)
        yield Hostile(f"{route}: compressed", f"/{route}", gzip.compress(whole, mtime=0), 400)


def _oddities() -> Iterator[Hostile]:
    """Fields nobody asked for, and spellings of JSON that are odd and allowed."""
    for route in FIELDS:
        for name in ("__proto__", "constructor", "__class__", "$where", "", "user_id ", "USER_ID", "\\u0000"):
            extra = body(route, **{name: f'"{MARKER}"'})
            yield Hostile(f"{route}: unknown field {name!r}", f"/{route}", extra, 422)
        spaced = b" \r\n\t" + body(route) + b"\n\n"
        yield Hostile(f"{route}: spaces around", f"/{route}", spaced, 200, why="white space around JSON is JSON")
        last_wins = body(route).replace(b"{", f'{{"user_id": "{MARKER} is no identifier", '.encode(), 1)
        why = "the last of two equal names counts, as everywhere"
        yield Hostile(f"{route}: a name twice", f"/{route}", last_wins, 200, why=why)


def _numbers() -> Iterator[Hostile]:
    """What stands where a number belongs."""
    places = {
        "hour": ("score", "context", '{"hour": %s, "weekday": 4}'),
        "priority": ("score", "candidates", '[{"tip_id": "stretch", "priority": %s}]'),
        "reward": ("reward", "reward", "%s"),
        "busy_hours": ("generate", "signals", '{"calendar": {"busy_hours": %s}}'),
        "n": ("generate", "n", "%s"),
    }
    for place, (route, field, raw) in places.items():
        for number, status in NUMBERS.items():
            changed = body(route, **{field: raw % number.replace("MARKER", MARKER)})
            yield Hostile(f"{route}.{place}: {number[:30]}", f"/{route}", changed, status)
        for number, why in ODD_NUMBERS.items() if place != "n" else ():
            changed = body(route, **{field: raw % number})
            yield Hostile(f"{route}.{place}: {number[:30]}", f"/{route}", changed, 200, why=why)


def _texts() -> Iterator[Hostile]:
    """What stands where an identifier belongs."""
    for route in FIELDS:
        for name, raw, status in TEXTS:
            changed = body(route, user_id=raw.replace("MARKER", MARKER))
            yield Hostile(f"{route}: user_id {name}", f"/{route}", changed, status)


def _structures() -> Iterator[Hostile]:
    """Too much, too little, or not together."""
    tips = ", ".join(f'{{"tip_id": "tip-{number}"}}' for number in range(201))
    same = f'[{{"tip_id": "{MARKER}"}}, {{"tip_id": "{MARKER}"}}]'
    yield Hostile("score: no candidates", "/score", body("score", candidates="[]"), 422)
    yield Hostile("score: 201 candidates", "/score", body("score", candidates=f"[{tips}]"), 422)
    yield Hostile("score: one tip twice", "/score", body("score", candidates=same), 422)
    empty = "[" + "{}, " * 20_000 + "{}]"
    yield Hostile("score: 20001 empty candidates", "/score", body("score", candidates=empty), 422)
    nulls = "{" + ", ".join(f'"{name}": null' for name in ("a" * 250_000, "b")) + "}"
    yield Hostile("score: a name of 250000 characters", "/score", body("score", profile_features=nulls), 422)
    yield Hostile("score: no user", "/score", body("score", user_id=None), 422)
    yield Hostile("score: weekday 7", "/score", body("score", context='{"hour": 1, "weekday": 7}'), 422)
    yield Hostile("score: weekday 4.5", "/score", body("score", context='{"hour": 1, "weekday": 4.5}'), 422)
    yield Hostile("reward: reaction too", "/reward", body("reward", reaction='"completed"'), 422)
    yield Hostile("reward: no reward", "/reward", body("reward", reward=None), 422)
    yield Hostile("reward: no such reaction", "/reward", body("reward", reward=None, reaction=f'"{MARKER}"'), 422)
    yield Hostile("reward: no candidate", "/reward", body("reward", candidate=None), 422)
    for name, uuid in (("no UUID", MARKER), ("nil", "0" * 32), ("v4", "6f1ed002-ab5e-4f7f-8d36-0123456789ab")):
        yield Hostile(f"reward: decision_id {name}", "/reward", body("reward", decision_id=f'"{uuid}"'), 422)
    future = '"ffffffff-ffff-7fff-bfff-ffffffffffff"'
    yield Hostile("reward: decided at the end of time", "/reward", body("reward", decision_id=future), 422)
    notes = "[" + f'"{MARKER}", ' * 20 + '"one too many"]'
    for name, signals in (
        ("21 notes", f'{{"notes": {notes}}}'),
        ("a long note", f'{{"notes": ["{MARKER * 200}"]}}'),
        ("a locale that is none", f'{{"locale": "{MARKER}/../en"}}'),
        ("a task without title", '{"open_tasks": [{"priority": 1}]}'),
        ("tasks nested in tasks", '{"open_tasks": ' + "[" * 60 + "]" * 60 + "}"),
    ):
        yield Hostile(f"generate: {name}", "/generate", body("generate", signals=signals), 422)
    for version, status in ((f"{MARKER}", 404), (f"../{MARKER}", 422), ("v1\\u0000", 422), ("v" * 65, 422)):
        changed = body("generate", prompt_version=f'"{version}"')
        yield Hostile(f"generate: prompt_version {version[:12]}", "/generate", changed, status)


def _transport() -> Iterator[Hostile]:
    """The right body under the wrong name, the wrong one under the right name, and too much of either."""
    for route in FIELDS:
        for kind in ("text/plain", "application/octet-stream", "application/xml", "nonsense", None):
            why = "the content type is not asked: what is JSON is read"
            name = f"{route}: as {kind}"
            yield Hostile(name, f"/{route}", body(route), 200, content_type=kind, why=why)
        form = f"user_id={MARKER}&context=1".encode()
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", JSON):
            yield Hostile(f"{route}: form as {kind}", f"/{route}", form, 400, content_type=kind)
        padding = f'"{MARKER}' + "x" * 256 * KIB + '"'
        for kind in (JSON, "application/octet-stream"):
            over = body(route, padding=padding)
            yield Hostile(f"{route}: over 256 KiB as {kind}", f"/{route}", over, 413, content_type=kind)
        yield Hostile(f"{route}: spaces up to the limit", f"/{route}", b" " * 256 * KIB, 400)
        yield Hostile(f"{route}: over 10 MB", f"/{route}", b" " * 10_000_001, 413)


def _paths() -> Iterator[Hostile]:
    """Policies that are none, paths that lead nowhere, and methods that are not served."""
    names = (
        "a" * 4000,
        MARKER,
        "%00",
        "%2e%2e",
        "%ff%fe",
        "%zz",
        "..%2f..%2fetc",
        "%F0%9F%92%A9",
        "linucb%2Fv1",
        "' OR 1",
    )
    for name in names:
        for route in ("score", "reward"):
            path = f"/{route}/{name}".replace(" ", "%20")
            yield Hostile(f"{route}: policy {name[:20]}", path, body(route), 404)
            version = f"/{route}/egreedy/{name}".replace(" ", "%20")
            yield Hostile(f"{route}: version {name[:20]}", version, body(route), 404)
        policy = f"/stats/{name}?user_id={USER}".replace(" ", "%20")
        yield Hostile(f"stats: policy {name[:20]}", policy, b"", 404, method="GET")
    for route in (*FIELDS, "stats"):
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "GET" if route != "stats" else "POST"):
            yield Hostile(f"{route}: {method}", f"/{route}", b"", 404, method=method)
    for path in ("/", "//score", "/score/", "/score/a/b/c", "/Score", "/score%20", f"/{MARKER}", "/%2e%2e/score"):
        yield Hostile(f"nowhere: {path}", path, body("score"), 404)


def _queries() -> Iterator[Hostile]:
    """What /stats is asked for, and queries where none belongs."""
    for query in (
        "",
        "user_id=",
        f"user_id={MARKER}&user_id={MARKER}",
        f"user_id={MARKER}%00",
        f"user_id={MARKER}%0A",
        f"user_id={MARKER}%FF",
        "user_id=" + "a" * 129,
        f"user_id[]={MARKER}",
        f"USER_ID={MARKER}",
        f"user_id={USER}&other={MARKER}",
        f"user_id={USER}&__proto__={MARKER}",
        "%%%=%%%",
        "&".join(f"n{number}=1" for number in range(2000)),
    ):
        yield Hostile(f"stats: ?{query[:60]}", f"/stats?{query}", b"", 422, method="GET")
    why = "a query says nothing where a body is asked for"
    yield Hostile("reset: with a query", f"/reset?user_id={MARKER}", body("reset"), 200, why=why)
    why = "a body says nothing where a query is asked for"
    yield Hostile("stats: with a body", f"/stats?user_id={USER}", b"\xff" * 99, 200, method="GET", why=why)
