"""The second eye on the page: what logged data say, and what that rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tipbandit_lab.gate.logged import ESTIMATOR, Logged
from tipbandit_lab.gate.record import Measure, Record
from tipbandit_lab.gate.verdicts import about
from tipbandit_lab.report import canvas, forest, numbers
from tipbandit_lab.report.plot import Plot, Table
from tipbandit_lab.report.svg import inline

NOT_ASKED: Final = "Logged data were not asked, and without them nothing is promoted."
BEFORE: Final = "Decided by the simulation alone, before promotion took logged data as well."
_NAME: Final = "logged-advantage"
_AT_ALL_TIMES: Final = "at all times"
_THREE: Final = ("candidate", "incumbent", "advantage")
_TREATED: Final = {"drop": "left out", "ignored": 'counted as a reaction "ignored"'}


@dataclass(frozen=True, slots=True)
class Eye:
    """One of the two that must see a win; ``passed`` is None if it was not asked."""

    name: str
    passed: bool | None
    sentence: str


def eyes(record: Record) -> tuple[Eye, Eye]:
    """Return what each eye saw."""
    failed = [found.criterion for found in record.findings if not found.passed]
    advantage = next((each.sentence for each in record.findings if each.criterion == "advantage"), "")
    seen = f"{advantage}; criteria not met: {', '.join(failed)}" if failed else advantage
    first = Eye("simulation", not failed, f"{seen}.")
    if record.logged is None:
        return first, Eye("logged data", None, not_asked(record))
    return first, Eye("logged data", record.logged.passed, f"{record.logged.sentence}.")


def not_asked(record: Record) -> str:
    """Return why there is nothing of logged data."""
    return BEFORE if record.format == 1 else NOT_ASKED


def facts(logged: Logged) -> tuple[tuple[str, str], ...]:
    """Return what was asked, and how, as terms and values."""
    found, look, shadow = logged.evaluation, logged.look, logged.evaluation.get("shadow")
    by = ", ".join(f"{numbers.count(count)} by {policy}" for policy, count in found["logged_by"].items())
    treated = _TREATED.get(found["treated"], found["treated"])
    written = {
        "Log": logged.lake,
        "Days": f"{found['first_day']} to {found['last_day']}" if found["first_day"] else numbers.NONE,
        "Decisions": f"{numbers.count(found['rounds'])} of {numbers.count(found['users'])} users: {by or 'none'}",
        "Without a reward": f"{numbers.count(found['unrewarded'])}, {treated}",
        "Not evaluated": "; ".join(f"{numbers.count(n)}: {why}" for why, n in found["left_out"].items()) or "none",
        "Candidate": f"as {found['candidate']} said" if shadow else "replayed on the log",
        "Bound": f"{logged.criteria.bound}; must be above {numbers.change(-logged.criteria.margin, 2)}",
        "Look": f"number {look.number} at logged data; it may spend {numbers.significant(look.alpha)} of the error "
        f"probability {numbers.significant(logged.criteria.alpha)}",
        "Decisions it takes": _takes(logged),
    }
    return tuple(written.items())


def estimates(logged: Logged) -> Table | None:
    """Return what each estimator says of both policies; None if the data support no number."""
    found = logged.evaluation
    if not found["estimates"]:
        return None
    rows = [(_called(each), *(_shown(each[key]) for key in _THREE)) for each in found["estimates"]]
    bounds = found["sequences"]
    rows.append((_AT_ALL_TIMES, *(numbers.between(*bounds[key]) for key in _THREE)))
    share = numbers.share(found["confidence"])
    caption = f"Reward per logged decision, with {share} intervals"
    return Table(caption, ("estimator", found["candidate"], found["incumbent"], "advantage"), tuple(rows))


def plot(logged: Logged) -> Plot | None:
    """Return the plot of the advantage by estimator; None if the data support no number."""
    table = estimates(logged)
    if table is None:
        return None
    rows = tuple(_measures(logged))
    margin = logged.criteria.margin
    height = forest.ROW * len(rows)
    with canvas.style():
        drawing = canvas.figure(height + 64)
        axes = canvas.place(drawing, left=6, top=28, right=394, bottom=height + 28)
        forest.draw(axes, rows, margin)
        canvas.heading(axes, "difference in reward per decision", above=13)
        svg = inline(drawing, _NAME, "Advantage on logged data, by estimator")
    dashed = f", the dashed one the margin, {numbers.change(-margin, 2)}" if margin else ""
    return Plot(
        _NAME,
        "Advantage on logged data",
        takeaway=f"{logged.sentence}.",
        how="Candidate minus incumbent on the same logged decisions, by each estimator. The first row decides. A dot "
        f"is an interval above what is asked for, a cross is not. The solid line is no difference{dashed}.",
        svg=svg,
        table=table,
    )


def _measures(logged: Logged) -> Iterator[Measure]:
    """Yield the rows of the plot, the one that decides first."""
    found, margin = logged.evaluation, logged.criteria.margin
    values = {_called(each): each["advantage"] for each in found["estimates"]}
    low, high = found["sequences"]["advantage"]
    values[_AT_ALL_TIMES] = {"estimate": values[ESTIMATOR]["estimate"], "low": low, "high": high}
    first = _AT_ALL_TIMES if logged.criteria.bound == "anytime" else ESTIMATOR
    for name in (first, *(each for each in values if each != first)):
        each = values[name]
        yield Measure(
            name=f"{name} (decides)" if name == first else name,
            passed=each["low"] is not None and each["low"] > -margin,
            value=each["estimate"],
            low=each["low"],
            high=each["high"],
            confidence=found["confidence"],
            threshold=-margin,
        )


def _called(estimate: Mapping[str, Any]) -> str:
    name, parameter = estimate["estimator"], estimate["parameter"]
    return name if parameter is None else f"{name} ({numbers.significant(parameter, 3)})"


def _shown(interval: Mapping[str, Any]) -> str:
    return f"{numbers.change(interval['estimate'])} ({numbers.between(interval['low'], interval['high'])})"


def _takes(logged: Logged) -> str:
    needs = logged.needs
    if needs is None:
        return numbers.NONE
    if needs.number is not None:
        return f"{about(needs.number)} for any number, there are {numbers.count(needs.have)}"
    if needs.fixed is None or needs.anytime is None:
        return numbers.NONE
    return (
        f"to show {numbers.change(needs.effect)}, the simulation's, with {numbers.share(logged.criteria.power, 0)} "
        f"power: {about(needs.fixed)} with the fixed bound, {about(needs.anytime)} with the anytime one"
    )
