"""The steps from a lake to a version, each a plain function of what was asked and of what the steps before it made.

A step leaves files in a directory and returns what it found as JSON. It knows nothing of caches, schedulers or who
watches: ``keeping`` keeps what it made, ``running`` and ``flow`` put the steps in a row.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from pydantic_core import to_jsonable_python

from tipbandit.policies.registry import POLICIES
from tipbandit_lab.pipeline.keeping import Kept, code
from tipbandit_lab.pipeline.lineage import lineage
from tipbandit_lab.pipeline.options import Asked

Json = Mapping[str, Any]
Done = Mapping[str, Kept]
"""What the steps before made, by their names."""

ALPHA: Final = 0.05
"""Of all intervals that are no decision of the gate."""
_PROFILES: Final = "profiles.parquet"


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: of it.
        after: the steps whose results it needs.
        inputs: everything else that decides what it makes, as JSON.
        work: what it does.
        says: what it found, in a sentence.
    """

    name: str
    after: tuple[str, ...]
    inputs: Callable[[Asked], Json]
    work: Callable[[Asked, Done, Path], Json]
    says: Callable[[Json], str]


def read_days(asked: Asked) -> tuple[date, date] | None:
    """Return the days of the decisions that are read: what lies before those that count teaches."""
    return None if asked.days is None else (date.min, asked.days[1])


def ingest(asked: Asked, done: Done, place: Path) -> Json:  # noqa: ARG001 - every step is asked alike
    """Look the lake through."""
    from tipbandit_lab.lake.report import examined  # noqa: PLC0415 - each step loads what it needs

    report = examined(asked.lake, days=read_days(asked))
    return {
        "lineage": asdict(lineage(asked.lake, read_days(asked))),
        "report": to_jsonable_python(asdict(report)),
    }


def features(asked: Asked, done: Done, place: Path) -> Json:  # noqa: ARG001 - as above
    """Compute the profiles of all users at the end of the window."""
    from tipbandit_lab.features.build import build  # noqa: PLC0415

    end = None
    if asked.days is not None:
        end = datetime.combine(asked.days[1], time(), tzinfo=UTC) + timedelta(days=1)
    as_of, users = build(asked.lake, place / _PROFILES, as_of=end)
    return {"users": users, "as_of": as_of.isoformat()}


def prior(asked: Asked, done: Done, place: Path) -> Json:  # noqa: ARG001 - as above
    """Learn the candidate's prior if one is wanted, and bring the documents of those that are named."""
    from tipbandit_lab.prior import documents  # noqa: PLC0415
    from tipbandit_lab.prior.learning import learn  # noqa: PLC0415

    key, _, version = asked.candidate.partition("@")
    for player in (asked.candidate, asked.incumbent):
        own, _, named = player.partition("@")
        if named:
            document = documents.of(asked.priors, POLICIES[own], named)
            (place / f"{named}.json").write_bytes(document.content)
    about: Json = {}
    if asked.prior:
        learned = learn(asked.lake, POLICIES[key], days=read_days(asked))
        documents.write(place, POLICIES[key], learned.prior, learned.about)
        version, about = learned.prior.version, learned.about
    player = f"{key}@{version}" if version else key
    return {"candidate": player, "incumbent": asked.incumbent, "version": version or None, "about": dict(about)}


def evaluation(asked: Asked, done: Done, place: Path) -> Json:
    """Evaluate the two on the logged decisions: all of them, groups of users, and what exploration cost."""
    from tipbandit_lab.cards.exploring import explorations  # noqa: PLC0415
    from tipbandit_lab.cards.segments import memberships, segments  # noqa: PLC0415
    from tipbandit_lab.evaluation import logs  # noqa: PLC0415
    from tipbandit_lab.evaluation.assembling import scored  # noqa: PLC0415
    from tipbandit_lab.evaluation.evaluating import evaluate_log  # noqa: PLC0415
    from tipbandit_lab.evaluation.starting import named, starts  # noqa: PLC0415
    from tipbandit_lab.lake import connect  # noqa: PLC0415

    names = (done["prior"].result["candidate"], done["prior"].result["incumbent"])
    ours, theirs = named(names, done["prior"].directory)
    with closing(connect(asked.lake, days=read_days(asked))) as connection:
        log = logs.read(connection)
        groups = memberships(connection, done["features"].file(_PROFILES), asked.cold)
        spent = explorations(connection, asked.days, ALPHA)
    found = scored(log.decisions, days=asked.days, unrewarded="drop")
    said = evaluate_log(log, ours, theirs, found=found, treated="drop", alpha=ALPHA).as_mapping()
    both, start = (ours.policy, theirs.policy), starts((ours, theirs))
    parts = segments(log, found, both, groups, alpha=ALPHA, rewards=asked.cold, start=start)
    (place / "evaluation.json").write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return {"evaluation": said, "segments": to_jsonable_python(parts), "explorations": to_jsonable_python(spent)}


def gate(asked: Asked, done: Done, place: Path) -> Json:
    """Let the gate decide; the decision is kept where looks are counted, and beside the other results."""
    from tipbandit_lab.pipeline.gating import decided  # noqa: PLC0415

    return {"record": decided(asked, done["prior"], place)}


def card(asked: Asked, done: Done, place: Path) -> Json:  # noqa: ARG001 - as above
    """Write the model card, and gather the files that a version has."""
    from tipbandit_lab.cards.card import dumps  # noqa: PLC0415
    from tipbandit_lab.cards.making import made  # noqa: PLC0415
    from tipbandit_lab.cards.page import html, markdown  # noqa: PLC0415

    found = made({name: each.result for name, each in done.items()}, code(*_ALL))
    (place / "card.json").write_bytes(dumps(found))
    (place / "card.md").write_text(markdown(found), encoding="utf-8")
    (place / "card.html").write_text(html(found), encoding="utf-8")
    lake = json.dumps(done["ingest"].result, indent=1, sort_keys=True) + "\n"
    (place / "lineage.json").write_text(lake, encoding="utf-8")
    for step, name in (("evaluation", "evaluation.json"), ("gate", "gate.json"), ("gate", "gate.html")):
        shutil.copyfile(done[step].file(name), place / name)
    if found.prior is not None:
        shutil.copyfile(done["prior"].file(f"{found.prior}.json"), place / f"prior-{found.prior}.json")
    return {"candidate": found.candidate, "prior": found.prior, "files": sorted(each.name for each in place.iterdir())}


def _ingested(found: Json) -> str:
    seen = {each["table"]: each["events"] for each in found["report"]["tables"]}
    return f"{seen['decisions']:,} decisions, {seen['rewards']:,} rewards; lineage {found['lineage']['fingerprint']}"


def _evaluated(found: Json) -> str:
    said = found["evaluation"]
    if reasons := said["verdict"]["reasons"]:
        return f"no number: {'; '.join(reasons)}"
    return f"{said['rounds']:,} decisions; the advantage is at least {said['lower_bound']:+.4f} at all times"


_ALL: Final = ("pipeline", "lake", "features", "prior", "evaluation", "cards", "gate", "report")


def _of_lake(asked: Asked) -> Json:
    days = None if asked.days is None else [each.isoformat() for each in asked.days]
    return {"lineage": asdict(lineage(asked.lake, read_days(asked))), "days": days, "code": code("pipeline", "lake")}


def _of_prior(asked: Asked) -> Json:
    named = {}
    for player in (asked.candidate, asked.incumbent):
        _, at, version = player.partition("@")
        document = asked.priors / f"{version}.json"
        named[player] = document.read_text(encoding="utf-8") if at and document.exists() else None
    return {"named": named, "candidate": asked.candidate, "learned": asked.prior, "code": code("prior")}


def _of_gate(asked: Asked) -> Json:
    setting = {
        "personas": list(asked.personas),
        "seeds": asked.seeds,
        "setting": asdict(asked.setting),
        "criteria": to_jsonable_python(asdict(asked.criteria)),
        "logged": to_jsonable_python(asdict(asked.logged)),
        "decisions": str(asked.decisions),
    }
    return {**setting, "code": code("pipeline", "gate", "report", "evaluation", "lake")}


STEPS: Final = (
    Step("ingest", (), _of_lake, ingest, _ingested),
    Step(
        "features",
        ("ingest",),
        lambda _: {"code": code("features")},
        features,
        lambda found: f"{found['users']:,} profiles as of {found['as_of']}",
    ),
    Step(
        "prior",
        ("ingest",),
        _of_prior,
        prior,
        lambda found: f"{found['candidate']} against {found['incumbent']}" + ("" if found["version"] else ", no prior"),
    ),
    Step(
        "evaluation",
        ("ingest", "features", "prior"),
        lambda asked: {"cold": asked.cold, "code": code("evaluation", "cards")},
        evaluation,
        _evaluated,
    ),
    Step(
        "gate",
        ("ingest", "prior"),
        _of_gate,
        gate,
        lambda found: f"{found['record']['verdict']}, look {found['record']['look']['number']}",
    ),
    Step(
        "card",
        ("ingest", "features", "prior", "evaluation", "gate"),
        lambda _: {"code": code(*_ALL)},
        card,
        lambda found: ", ".join(found["files"]),
    ),
)
"""All but the last, which registers: in the order in which they are done."""
