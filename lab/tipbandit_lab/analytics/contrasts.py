"""The pictures of what can be compared: prompt versions, policies, and shadows with what was shown."""

from collections.abc import Mapping, Sequence
from typing import Final

from tipbandit_lab.analytics.comparing import ADVANTAGE, WEIGHTED
from tipbandit_lab.analytics.drawing import inline
from tipbandit_lab.analytics.measures import Analysis, Measure, only
from tipbandit_lab.analytics.plots import DIGITS, interval, share
from tipbandit_lab.analytics.rows import Mark, Row, forest
from tipbandit_lab.report import numbers
from tipbandit_lab.report.plot import Plot, Table, listing

_NO_NUMBER: Final = "no number"
_AS_SERVED: Final = "as served"
_BY_PROPENSITY: Final = "weighted"
_BESIDE: Final = "shown beside it"
_ROWS: Final = 12
"""The most a picture has room for; tables have all."""
_ANSWERS: Final = ("asked", "answered", "failed")
_SUPPORT: Final = ("decisions", "users", "effective size")
_VERSION_COLUMNS: Final = ("version", "as served", "weighted", *_SUPPORT)
_PAIR_COLUMNS: Final = ("comparison", "difference", *_SUPPORT)
_SHADOW_COLUMNS: Final = ("shadow", *_ANSWERS, "agreement", "SNIPS", "IPS", _BESIDE, *_SUPPORT)


def versions(found: Analysis) -> Plot:
    """Return what each prompt version earned as served, and what a random tip of it earns."""
    means, weighted = (_whole(found, "prompt_version", name) for name in ("mean_reward", WEIGHTED))
    rows, cells = [], []
    for name, fair in weighted.items():
        plain = means.get(name)
        rows.append(Row(name, (*([_mark(_AS_SERVED, plain)] if plain else []), _mark(_BY_PROPENSITY, fair))))
        cells.append((name, _cell(plain), _cell(fair), *_support(fair)))
    picture = forest(rows[:_ROWS], "reward per decision", (_AS_SERVED, _BY_PROPENSITY))
    return Plot(
        "versions",
        "Prompt versions, weighted by propensity",
        takeaway=_pairs(found.of("prompt_version", ADVANTAGE, compared=True), "prompt version"),
        how="As served: the mean reward of the tips that were chosen. Weighted: what a tip of the version earns that "
        "is drawn at random among its candidates, where it has any; so neither the policy's choice nor who was "
        f"served speaks for a version. Intervals: 95 %, over users.{_undrawn(rows)}",
        svg=inline(picture, "versions", "Mean reward of each prompt version, as served and weighted by propensity"),
        table=Table("Reward of each prompt version, with 95 % intervals", _VERSION_COLUMNS, tuple(cells)),
    )


def advantages(found: Analysis) -> Plot:
    """Return every comparison: the difference with its interval, or why there is none."""
    compared = [
        each
        for by in ("policy", "prompt_version", "shadow")
        for rows in found.of(by, ADVANTAGE, compared=True).values()
        for each in rows
    ]
    rows = [Row(_title(each), (_mark(ADVANTAGE, each, signed=True),)) for each in compared]
    cells = tuple(
        (_title(each), _signed(each) if each.why_not is None else _without(each), *_support(each)) for each in compared
    )
    picture = forest(rows[:_ROWS], "difference in reward per decision", (ADVANTAGE,), zero=True)
    return Plot(
        "advantages",
        "Differences that compare fairly",
        takeaway=_significant(compared),
        how="Prompt versions: where both had candidates. Policies: on the days of users whom both served, each such "
        "day alike. Shadows: their off-policy value less what was shown on the same decisions. Intervals: 95 %, over "
        "users; the line is no difference. Where the data do not support a number, the table says why."
        f"{_undrawn(rows)}",
        svg=inline(picture, "advantages", "Differences in reward with their intervals"),
        table=Table("Differences in reward per decision, with 95 % intervals", _PAIR_COLUMNS, cells),
    )


def shadows(found: Analysis) -> Plot:
    """Return what shadows would have earned beside what was shown, and how often they agree with it."""
    values, shown, plain, agreed = (
        _whole(found, "shadow", each) for each in ("snips_reward", "shown_reward", "ips_reward", "agreement")
    )
    rows = [_beside(name, each, shown.get(name)) for name, each in values.items()]
    answers = [_whole(found, "shadow", each) for each in _ANSWERS]
    cells = tuple(
        (
            name,
            *(numbers.count(each[name].estimate or 0) if name in each else "0" for each in answers),
            share(agreed[name]) if name in agreed else numbers.NONE,
            *(_cell(of_shadow.get(name)) for of_shadow in (values, plain, shown)),
            *_support(each),
        )
        for name, each in values.items()
    )
    picture = forest(rows[:_ROWS], "reward per decision", ("shadow", _BESIDE))
    return Plot(
        "shadows",
        "Shadows beside what was shown",
        takeaway=_agreed(agreed),
        how="What a shadow would have earned (SNIPS: rewards weighted by its probability of what was shown over the "
        "logged propensity), and what was shown on the same decisions earned. Intervals: 95 %, over users."
        f"{_undrawn(rows)}",
        svg=inline(picture, "shadows", "Off-policy value of each shadow, and the reward of what was shown"),
        table=Table("What shadows said and would have earned, with 95 % intervals", _SHADOW_COLUMNS, cells),
    )


def _whole(found: Analysis, by: str, measure: str) -> dict[str, Measure]:
    """Return the measure of each group over all days."""
    return {name: only(rows) for name, rows in sorted(found.of(by, measure).items())}


def _undrawn(rows: Sequence[Row]) -> str:
    return f" The first {_ROWS} are drawn; the table has all {len(rows)}." if len(rows) > _ROWS else ""


def _cell(each: Measure | None) -> str:
    if each is None:
        return numbers.NONE
    return _without(each) if each.estimate is None else interval(each)


def _without(each: Measure) -> str:
    return f"{_NO_NUMBER}: {each.why_not}"


def _support(each: Measure) -> tuple[str, ...]:
    size = numbers.NONE if each.effective is None else f"{each.effective:,.1f}"
    return numbers.count(each.decisions), numbers.count(each.users or 0), size


def _pairs(compared: Mapping[str, Sequence[Measure]], kind: str) -> str:
    """Return the sentence about the pairs of one kind."""
    rows = [each for group in compared.values() for each in group]
    told = [f"{_title(each)} is {_signed(each)}" for each in rows if each.low is not None]
    if not rows:
        return f"There is one {kind}: nothing to compare."
    if not told:
        return f"No two {kind}s can be compared: {rows[0].why_not}."
    return f"Where both could have been shown, {listing(told)}."


def _beside(name: str, value: Measure, shown: Measure | None) -> Row:
    return Row(_plain(name), (_mark("shadow", value), *([] if shown is None else [_mark(_BESIDE, shown)])))


def _agreed(agreed: Mapping[str, Measure]) -> str:
    said = [f"{_plain(name)} {share(each)}" for name, each in agreed.items()]
    return f"How often a shadow would have shown the same tip: {listing(said)}." if said else "None answered."


def _significant(compared: Sequence[Measure]) -> str:
    told = [each for each in compared if each.low is not None and each.high is not None]
    apart = [f"{_title(each)} ({_number(each)})" for each in told if (each.low or 0) > 0 or (each.high or 0) < 0]
    what = f"significant, each taken alone: {listing(apart)}" if apart else "none of them is significant"
    return f"Of {len(compared)} comparisons {len(told)} have a number; {what}."


def _title(each: Measure) -> str:
    return f"{_plain(each.group)} \N{MINUS SIGN} {each.against}"


def _plain(name: str) -> str:
    """Return the name of a shadow without what all of them begin with."""
    return name.removeprefix("shadow:")


def _number(each: Measure) -> str:
    return numbers.change(each.estimate, DIGITS)


def _signed(each: Measure) -> str:
    return _number(each) if each.low is None else f"{_number(each)} ({numbers.between(each.low, each.high, DIGITS)})"


def _mark(group: str, each: Measure, *, signed: bool = False) -> Mark:
    written = numbers.change if signed else numbers.reward
    said = _NO_NUMBER if each.estimate is None else written(each.estimate, DIGITS)
    return Mark(group=group, said=said, value=each.estimate, low=each.low, high=each.high)
