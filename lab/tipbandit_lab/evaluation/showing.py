"""An evaluation as a person reads it: numbers with what they rest on, or why there are none."""

import math
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tipbandit_lab.evaluation.checks import Overlap
from tipbandit_lab.evaluation.intervals import Interval
from tipbandit_lab.evaluation.record import Evaluation, Sequences


def show(found: Evaluation, console: Console) -> None:
    """Print an evaluation."""
    for line in _data(found):
        console.print(escape(line), highlight=False)
    if found.estimates:
        console.print(_table(found))
    for line in (*_rests_on(found), *_checked(found)):
        console.print(escape(line), highlight=False)
    console.print(_sentence(found), highlight=False)


def _data(found: Evaluation) -> Iterator[str]:
    by = ", ".join(f"{count:,} by {policy}" for policy, count in found.logged_by.items())
    yield f"{found.rounds:,} decisions of {found.users:,} users, {found.first_day} to {found.last_day}: {by or 'none'}"
    treatment = "left out" if found.treated == "drop" else 'counted as a reaction "ignored"'
    yield f"{found.unrewarded:,} decisions without a reward were {treatment}"
    if found.shadow is not None:
        each = found.shadow
        yield (
            f"{found.candidate} asked {each.policy}: of {each.asked:,} decisions of its time {each.answered:,} can be"
            f" used, {each.degraded:,} of them answered without the user's state"
        )
    for reason, count in found.left_out.items():
        yield f"{count:,} decisions cannot be evaluated: {reason}"


def _table(found: Evaluation) -> Table:
    share = f"{100 * found.confidence:g} %"
    table = Table(
        "estimator", found.candidate, found.incumbent, "advantage", title=f"reward per decision, {share} intervals"
    )
    for each in found.estimates:
        name = each.estimator if each.parameter is None else f"{each.estimator} ({each.parameter:.3g})"
        table.add_row(name, _shown(each.candidate), _shown(each.incumbent), _shown(each.advantage, signed=True))
    if found.sequences is not None:
        table.add_section()
        table.add_row("at all times", *_pairs(found.sequences))
    return table


def _shown(interval: Interval, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    if math.isnan(interval.estimate):
        return "none"
    return f"{interval.estimate:{sign}.3f}  [{interval.low:{sign}.3f}, {interval.high:{sign}.3f}]".replace("[", r"\[")


def _pairs(found: Sequences) -> Iterator[str]:
    for pair, sign in ((found.candidate, ""), (found.incumbent, ""), (found.advantage, "+")):
        yield f"\\[{pair[0]:{sign}.3f}, {pair[1]:{sign}.3f}]"


def _rests_on(found: Evaluation) -> Iterator[str]:
    for policy, each in ((found.candidate, found.overlap), (found.incumbent, found.incumbent_overlap)):
        if each is not None:
            yield f"{policy}: {_overlapping(each)}"


def _overlapping(each: Overlap) -> str:
    text = f"effective sample size {each.effective:,.0f} ({each.share:.1%}), largest weight {each.largest:.3g}"
    text += f" of {each.possible:.3g} possible"
    return text if each.unsupported is None else f"{text}, {each.unsupported:.1%} could not be shown"


def _checked(found: Evaluation) -> Iterator[str]:
    if found.calibration is not None:
        each = found.calibration
        bins = "" if each.p_value is None else f"; what was shown against what was logged: p <= {each.p_value:.2g}"
        yield f"mean weight {each.mean_weight:.3f}, expected {each.expected:.3f} (p <= {each.weight_p_value:.2g}){bins}"
    for check in found.rechecks:
        share = "none can be checked" if check.share is None else f"{check.share:.1%} of {check.checkable:,} the same"
        yield f"replaying {check.policy}: {check.decisions:,} decisions, {share}"


def _sentence(found: Evaluation) -> str:
    if not found.verdict.valid:
        return f"[bold]no number[/]: {escape('; '.join(found.verdict.reasons))}."
    low = found.lower_bound or 0.0
    said = "is better than" if low > 0 else "is not shown to be better than"
    return (
        f"[bold]{escape(found.candidate)} {said} {escape(found.incumbent)}[/]:"
        f" the bound that holds at all times is {low:+.3f}."
    )
