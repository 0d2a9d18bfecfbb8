"""The pictures of the page: each with the sentence to take from it and the table behind it."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from tipbandit_lab.analytics.counting import NUMBER, REACTIONS
from tipbandit_lab.analytics.drawing import MOST, ink, inline
from tipbandit_lab.analytics.figures import Point, by_day, stacked_by_day
from tipbandit_lab.analytics.measures import Analysis, Measure, only
from tipbandit_lab.analytics.rows import shares
from tipbandit_lab.report import numbers
from tipbandit_lab.report.plot import Plot, Table, listing

DIGITS: Final = 3
UNREWARDED: Final = "no reward"

_INKS: Final = {
    "completed": ink("oracle"),
    "snoozed": ink("popular"),
    "ignored": ink("random"),
    "dismissed": ink("failed"),
    NUMBER: ink("urgent"),
    UNREWARDED: ink("rule"),
}
_REACTIONS: Final = (*REACTIONS, NUMBER)
_COLUMNS: Final = ("served", "rewarded", *_REACTIONS)
_KINDS: Final = {"policy": "policy", "prompt_version": "prompt version"}


def interval(each: Measure) -> str:
    """Return a number with its interval, "0.123 (0.101 to 0.145)"; without, or a dash, where one is missing."""
    said = numbers.reward(each.estimate, DIGITS)
    if each.low is None:
        return said
    return f"{said} ({numbers.reward(each.low, DIGITS)} to {numbers.reward(each.high, DIGITS)})"


def share(each: Measure) -> str:
    """Return a share with its interval: "91.9 % (91.5 % to 92.4 %)"."""
    said = numbers.share(each.estimate)
    return said if each.low is None else f"{said} ({numbers.share(each.low)} to {numbers.share(each.high)})"


def served(found: Analysis) -> Plot:
    """Return what was served each day, and what came of it."""
    counts = _counts(found, "all", daily=True)
    of_day = {day: each for (_, day), each in counts.items() if day is not None}
    coverage = found.of("all", "coverage", daily=True)["all"]
    columns = ("day", *_COLUMNS, "coverage (95 % interval)")
    rows = tuple((str(each.day), *_cells(of_day[each.day]), share(each)) for each in coverage if each.day is not None)
    whole = _counts(found, "all")["all", None]
    overall = only(found.of("all", "coverage")["all"])
    said = listing(f"{numbers.share(whole[name] / (sum(whole.values()) or 1))} {name}" for name in whole if whole[name])
    return Plot(
        "served",
        "Served and rewarded by day",
        takeaway=f"{share(overall)} of decisions have a reward; of all, {said}.",
        how="A bar is a UTC day of decisions; its segments are what came back of these, whenever it came. Rewards can "
        "come for a week: the last days may still fill up.",
        svg=inline(stacked_by_day(of_day, _INKS, "decisions"), "served", "Decisions by day, and what came of them"),
        table=Table("What was served, by the day of the decision", columns, rows),
    )


def reactions(found: Analysis) -> Plot:
    """Return the shares of reactions by policy and prompt version."""
    groups = {(by, name): counts for by in _KINDS for (name, _), counts in _counts(found, by).items()}
    served = {key: sum(counts.values()) for key, counts in groups.items()}
    bars: dict[str, dict[str, float]] = {}
    for kind, title in _KINDS.items():
        there = {name: size for (by, name), size in served.items() if by == kind and size}
        bars |= {f"{title} {name}": groups[kind, name] for name in _largest(there)}
    completed = {name: counts["completed"] / sum(counts.values()) for name, counts in bars.items()}
    best = max(completed, key=completed.__getitem__)
    return Plot(
        "reactions",
        "Reactions by policy and prompt version",
        takeaway=f"The largest share is completed of what {best} was served for: {numbers.share(completed[best])}.",
        how="Shares of all decisions of each group, as served: who was served, and which of its tips the policy chose, "
        "differ between groups.",
        svg=inline(shares(bars, _INKS), "reactions", "Shares of reactions by policy and prompt version"),
        table=Table(
            "What came of the decisions of each group",
            ("group", *_COLUMNS),
            tuple((f"{_KINDS[by]} {name}", *_cells(counts)) for (by, name), counts in groups.items()),
        ),
    )


def rewards(found: Analysis, by: str) -> Plot:
    """Return the mean reward of each policy or prompt version by day, as served."""
    of_group = found.of(by, "mean_reward", daily=True)
    names = _largest({name: sum(each.decisions for each in rows) for name, rows in of_group.items()})
    points = [
        Point(day=each.day, group=name, value=each.estimate, low=each.low, high=each.high)
        for name in names
        for each in of_group[name]
        if each.day is not None and each.estimate is not None
    ]
    kind = _KINDS[by]
    name = f"rewards-{by.replace('_', '-')}"
    return Plot(
        name,
        f"Mean reward by day and {kind}",
        takeaway=_over_all(found, by),
        how=f"Mean of the rewarded decisions of a UTC day, as served. Bands: 95 % intervals over users, where a day "
        f"has enough of them.{_left_out(len(of_group))}",
        svg=inline(by_day(points, names, "reward per rewarded decision"), name, f"Mean reward by day and {kind}"),
        table=_daily(found, by, f"Mean reward by the day of the decision, and 95 % interval, by {kind}"),
    )


def _daily(found: Analysis, by: str, caption: str) -> Table:
    """Return the rows of days: the mean reward of each group, and behind it the weighted one if it has one."""
    columns: dict[str, dict[date, str]] = {}
    for measure, note in (("mean_reward", ""), ("weighted_reward", ", weighted")):
        for name, rows in found.of(by, measure, daily=True).items():
            columns[f"{name}{note}"] = {each.day: interval(each) for each in rows if each.day is not None}
    days = sorted({day for of_day in columns.values() for day in of_day})
    cells = (tuple(of_day.get(day, numbers.NONE) for of_day in columns.values()) for day in days)
    return Table(
        caption, ("day", *columns), tuple((str(day), *of_day) for day, of_day in zip(days, cells, strict=True))
    )


def _over_all(found: Analysis, by: str) -> str:
    means = {name: only(rows) for name, rows in found.of(by, "mean_reward").items()}
    said = listing(f"{interval(each)} with {name}" for name, each in sorted(means.items()))
    return f"Over all days the mean reward, as served, is {said}."


def _counts(found: Analysis, by: str, *, daily: bool = False) -> dict[tuple[str, date | None], dict[str, float]]:
    """Return how many decisions of each group, and day, came to what; together these are all of them."""
    counts: dict[tuple[str, date | None], dict[str, float]] = {}
    for name in (*_INKS, "rewarded"):
        for group, rows in found.of(by, "served" if name == UNREWARDED else name, daily=daily).items():
            for each in rows:
                counts.setdefault((group, each.day), {})[name] = each.estimate or 0.0
    for of_group in counts.values():
        of_group[UNREWARDED] -= of_group.pop("rewarded")
    return counts


def _cells(counts: Mapping[str, float]) -> tuple[str, ...]:
    """Return what of decisions stands below ``_COLUMNS``."""
    served = sum(counts.values())
    return tuple(map(numbers.count, (served, served - counts[UNREWARDED], *(counts[name] for name in _REACTIONS))))


def _largest(sizes: Mapping[str, float]) -> list[str]:
    """Return the names of the groups that a picture has room for, in order."""
    return sorted(sorted(sizes, key=lambda name: (-sizes[name], name))[:MOST])


def _left_out(groups: int) -> str:
    return f" The {MOST} with most decisions are drawn; the table has all {groups}." if groups > MOST else ""
