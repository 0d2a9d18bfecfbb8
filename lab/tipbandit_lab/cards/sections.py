"""A card as what a page shows: sections of terms, tables and sentences. All numbers are the card's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tipbandit_lab.cards.card import Amount, Card
from tipbandit_lab.cards.limits import limits
from tipbandit_lab.cards.measured import Table, meanings, of_explorations, of_segments, shown, three
from tipbandit_lab.report.numbers import NONE, between, change, count, reward, share, significant


class Happened(NamedTuple):
    """One step of a version's rollout."""

    at: str
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a card."""

    title: str
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    items: tuple[str, ...] = ()


def title(card: Card) -> str:
    """Return what a card is about: the policy, and the prior if there is one."""
    return card.candidate if card.prior is None else f"{card.candidate} with prior {card.prior}"


def sections(card: Card, history: Sequence[Happened]) -> tuple[Section, ...]:
    """Return the sections of a card.

    Args:
        card: the card.
        history: what happened to its version since, the first first.
    """
    return (
        Section(title="Inputs", facts=tuple(_inputs(card)), tables=(_features(card),)),
        Section(title="Data", facts=tuple(_data(card)), tables=(_tables(card.lake), _served(card.lake))),
        _offline(card),
        Section(
            title="Results by persona",
            text="Expected reward per decision in the gate's simulation: the candidate's, less the incumbent's.",
            facts=tuple(_gate(card)),
            tables=(_personas(card), _criteria(card)),
        ),
        Section(
            title="Results by user segment",
            text="Reward per decision of users who could fare worse than the rest.",
            tables=(of_segments(card.segments, card), meanings(card.segments)),
        ),
        Section(
            title="Exploration spent",
            text="Decisions whose tip only exploration can have shown, and what they lost against the others.",
            tables=(of_explorations(card.explorations),),
        ),
        Section(title="Known limits", items=limits(card)),
        _rollout(history),
    )


def _offline(card: Card) -> Section:
    return Section(
        title="Offline metrics",
        text="What each policy would have earned per decision on the logged decisions.",
        facts=tuple(_metrics(card)),
        tables=(_estimates(card),) if card.evaluation["estimates"] else (),
        items=tuple(card.evaluation["verdict"]["reasons"]),
    )


def _rollout(history: Sequence[Happened]) -> Section:
    if not history:
        return Section(title="Rollout history", text="It has not been promoted.")
    steps = Table("What happened to this version", ("when", "what", "why"), tuple(history))
    return Section(title="Rollout history", tables=(steps,))


def _inputs(card: Card) -> Iterator[tuple[str, str]]:
    yield "Policy", card.candidate
    yield "Prior", card.prior or "none: new users start from the plain ridge"
    yield "Feature set", f"{card.feature_set} ({len(card.features)} features)"
    yield "Schema fingerprint", card.schema_fingerprint
    for name, value in card.parameters.items():
        if name != "key":
            yield name.replace("_", " "), NONE if value is None else str(value)
    yield "Code version", f"{card.code_version} (simulation), {card.pipeline_code} (pipeline)"
    yield "Commit", card.commit or NONE


def _features(card: Card) -> Table:
    rows = tuple(
        (
            each.name,
            each.formula,
            ", ".join(each.inputs) or NONE,
            f"{significant(each.low)} to {significant(each.high)}",
            significant(each.default),
        )
        for each in card.features
    )
    return Table("Features, in the order of x", ("feature", "formula", "inputs", "range", "default"), rows)


def _data(card: Card) -> Iterator[tuple[str, str]]:
    lineage, found = card.lineage, card.evaluation
    yield "Lake", lineage["lake"]
    yield "Lineage", f"{lineage['fingerprint']}: {count(lineage['files'])} files, {count(lineage['bytes'])} bytes"
    yield "Arrivals read", f"{lineage['first']} to {lineage['last']}"
    yield "Window", f"decisions of {found['first_day'] or NONE} to {found['last_day'] or NONE}"
    yield "Decisions that count", f"{count(found['rounds'])} of {count(found['users'])} users"
    profiles = card.profiles
    yield "Profiles", f"{count(profiles['users'])} users as of {profiles['as_of']}"


def _tables(lake: Mapping[str, Any]) -> Table:
    rows = tuple(
        (each["table"], *(count(each[name]) for name in ("files", "lines", "events"))) for each in lake["tables"]
    )
    return Table("What the lake holds", ("table", "files", "lines", "events"), rows)


def _served(lake: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            each["policy"],
            each["prior"] or NONE,
            count(each["decisions"]),
            count(each["users"]),
            count(each["rewards"]),
            reward(each["mean_reward"]),
        )
        for each in lake["policies"]
    )
    columns = ("policy", "prior", "decisions", "users", "rewards", "mean reward")
    return Table("Who decided", columns, rows)


def _metrics(card: Card) -> Iterator[tuple[str, str]]:
    found = card.evaluation
    overlap = found["overlap"]
    yield "Confidence", share(found["confidence"], 0)
    yield (
        "Effective sample size",
        NONE if overlap is None else f"{count(overlap['effective'])}, {share(overlap['share'])}",
    )
    yield "Without support", NONE if overlap is None else share(overlap["unsupported"])
    yield "Bound at all times", change(found["lower_bound"])


def _estimates(card: Card) -> Table:
    rows = tuple(
        (
            each["estimator"],
            shown(Amount(*three(each["candidate"]))),
            shown(Amount(*three(each["incumbent"]))),
            shown(Amount(*three(each["advantage"])), signed=True),
        )
        for each in card.evaluation["estimates"]
    )
    return Table(
        f"Reward per decision, {share(card.evaluation['confidence'], 0)} intervals",
        ("estimator", card.candidate, card.incumbent, "advantage"),
        rows,
    )


def _gate(card: Card) -> Iterator[tuple[str, str]]:
    gate, people = card.gate, card.people
    yield "Verdict", f"{gate['verdict']}: {gate['sentence']}"
    yield "Challenger", "yes" if gate["challenger"] else "no"
    yield "Look", f"number {gate['look']['number']} at this comparison, {gate['date']}"
    if gate["logged"]:
        yield "Look at logged data", f"number {gate['logged']['look']['number']}: {gate['logged']['outcome']}"
    yield "Seeds", count(len(gate["seeds"]))
    yield "Users", f"{count(people['users'])} of each persona and seed"
    yield "Days", f"{count(people['days'])}, with {count(people['moments_a_day'])} moments"
    yield "Candidates", count(people["candidates"])
    yield "Fingerprint", gate["fingerprint"]


def _personas(card: Card) -> Table:
    found = (each for each in card.gate["findings"] if each["criterion"] in {"fairness floor", "cold users"})
    rows = tuple(
        (each["name"], change(each["value"]), between(each["low"], each["high"]), "ok" if each["passed"] else "failed")
        for finding in found
        for each in finding["measures"]
    )
    return Table("The candidate's advantage by persona", ("persona", "advantage", "interval", "floor"), rows)


def _criteria(card: Card) -> Table:
    """Both eyes of the gate: what the simulation says to each criterion, and what logged data say."""
    logged = card.gate["logged"]
    eyes = {"simulation": card.gate["findings"], "logged data": logged["findings"] if logged else ()}
    rows = tuple(
        (each["criterion"], eye, "ok" if each["passed"] else "failed", each["sentence"])
        for eye, findings in eyes.items()
        for each in findings
    )
    return Table("The gate's criteria", ("criterion", "on", "", "found"), rows)
