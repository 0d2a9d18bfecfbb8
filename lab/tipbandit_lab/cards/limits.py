"""What is known to be weak about a version, in sentences: each is made from numbers of its card."""

from collections.abc import Iterator
from typing import Any

from tipbandit_lab.cards.card import Card, Segment
from tipbandit_lab.report.numbers import count, reward, share, significant


def limits(card: Card) -> tuple[str, ...]:
    """Return the known limits of a card, without the full stop."""
    return (*_of_the_data(card), *_of_the_evaluation(card), *_of_segments(card.segments), *_of_the_gate(card))


def _of_the_data(card: Card) -> Iterator[str]:
    if card.lineage["simulated"]:
        yield "the lake was filled by simulation: nothing in it is about real users"
    for table in card.lake["tables"]:
        if table["missing"]:
            yield f"of {table['table']} nothing arrived on {', '.join(table['missing'])}"
    for number, what in card.lake["oddities"]:
        yield f"{count(number)} {what}"
    for policy in card.lake["policies"]:
        if policy["degraded"]:
            part = share(policy["degraded"] / policy["decisions"])
            yield f"{part} of the decisions of {policy['policy']} were made without the user's state"
    found = card.evaluation
    if found["unrewarded"]:
        treatment = "left out" if found["treated"] == "drop" else "counted as ignored"
        yield f"{count(found['unrewarded'])} decisions have no reward and were {treatment}"
    for reason, number in found["left_out"].items():
        yield f"{count(number)} decisions cannot be evaluated: {reason}"


def _of_the_evaluation(card: Card) -> Iterator[str]:
    found = card.evaluation
    for reason in found["verdict"]["reasons"]:
        yield f"no off-policy estimate: {reason}"
    for policy, overlap in ((card.candidate, found["overlap"]), (card.incumbent, found["incumbent_overlap"])):
        if overlap is not None:
            yield from _overlapping(policy, overlap)
    if found["lower_bound"] is not None and found["lower_bound"] <= 0:
        yield (
            f"logged decisions do not show that {card.candidate} is better than {card.incumbent}:"
            f" the bound that holds at all times is {reward(found['lower_bound'])}"
        )
    for check in found["rechecks"]:
        left = check["decisions"] - check["checkable"]
        if left:
            of = f"{count(check['decisions'])} decisions of {check['policy']}"
            yield f"{count(left)} of {of} cannot be replayed exactly"


def _overlapping(policy: str, overlap: dict[str, Any]) -> Iterator[str]:
    yield (
        f"the decisions say as much about {policy} as {count(overlap['effective'])} decisions of its own would"
        f" ({share(overlap['share'])}); the heaviest one has {share(overlap['heaviest'], 2)} of all weight,"
        f" weights reach {significant(overlap['largest'], 3)}"
    )
    if overlap["unsupported"]:
        yield f"{share(overlap['unsupported'])} of what {policy} would show could not be shown"


def _of_segments(segments: tuple[Segment, ...]) -> Iterator[str]:
    for each in segments:
        for reason in each.refused:
            yield f"no estimate for {each.name}: {reason}"
        if each.advantage is not None and each.advantage.low is not None and each.advantage.low < 0:
            yield f"it is not excluded that {each.name} is worse off, by up to {reward(-each.advantage.low)} a decision"


def _of_the_gate(card: Card) -> Iterator[str]:
    if card.prior is not None:
        if card.prior_about:
            yield "the prior was learned from the decisions that it is evaluated on, which flatters it there"
        yield "existing users keep what they started from: the prior is for those who come later"
    logged = card.gate["logged"]
    for finding in (*card.gate["findings"], *(logged["findings"] if logged else ())):
        if not finding["passed"]:
            yield f"the gate: {finding['sentence']}"
    yield "the gate's users are simulated: what they want is what their personas say"
