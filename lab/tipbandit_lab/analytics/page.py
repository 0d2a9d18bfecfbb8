"""The page of the analytics: one HTML file without scripts and without a network."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from tipbandit_lab.analytics import contrasts, plots
from tipbandit_lab.analytics.comparing import FLAWED
from tipbandit_lab.analytics.estimating import ALPHA, LIMITS
from tipbandit_lab.analytics.measures import Analysis, only
from tipbandit_lab.analytics.plots import interval, share
from tipbandit_lab.evaluation.intervals import RESAMPLES
from tipbandit_lab.files import replacing
from tipbandit_lab.report import numbers
from tipbandit_lab.report.palette import shades
from tipbandit_lab.report.plot import Plot

_TEMPLATES: Final = Environment(
    loader=ChoiceLoader([PackageLoader(__package__, "."), PackageLoader("tipbandit_lab.report", ".")]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(path: Path, found: Analysis) -> None:
    """Write the page; the same analysis gives the same bytes. A reader sees the whole page or none of it."""
    text = render(found)
    with replacing(path) as written:
        written.write_text(text, encoding="utf-8", newline="\n")


def render(found: Analysis) -> str:
    """Return the page as HTML."""
    return _TEMPLATES.get_template("page.html.j2").render(
        css=_css(),
        headline=headline(found),
        lead=lead(found),
        caveats=caveats(found),
        columns=_columns(found),
        facts=_facts(found),
        window=window(found),
    )


def window(found: Analysis) -> str:
    """Return the days of the decisions."""
    first, last = found.facts.window
    return f"{first}" if first == last else f"{first} to {last}"


def headline(found: Analysis) -> str:
    """Return what the page is about."""
    facts = found.facts
    return f"{_of(facts.decisions, 'decision')} of {_of(facts.users, 'user')}"


def lead(found: Analysis) -> str:
    """Return the whole in one sentence."""
    means = found.of("all", "mean_reward")
    if not means:
        return "No decision has a reward yet: what was served is counted, and nothing else can be said."
    coverage, mean = only(found.of("all", "coverage")["all"]), only(means["all"])
    return f"{share(coverage)} of them have a reward; the mean of these is {interval(mean)}."


def caveats(found: Analysis) -> list[str]:
    """Return what the reader must know of the lake before believing a number."""
    facts, said = found.facts, []
    means = found.of("all", "mean_reward")
    if means and (why_not := only(means["all"]).why_not):
        said.append(f"The mean reward has {why_not}.")
    missing = (facts.window[1] - facts.window[0]).days + 1 - facts.days
    if missing:
        said.append(f"{_of(missing, 'day')} of the window have no decision.")
    if facts.strays:
        said.append(f"{_of(facts.strays, 'reward')} of decisions that are not in the lake are left out.")
    if facts.impossible:
        said.append(f"{_of(facts.impossible, 'reward')} outside [\N{MINUS SIGN}1, 1] are left out.")
    if facts.unanswered:
        said.append(
            f"{_of(facts.unanswered, 'signal')} of shadows about decisions that are not in the lake are left out."
        )
    said += [
        f"{_of(count, 'rewarded decision')} cannot be weighted by propensity: {reason}."
        for reason, count in facts.flaws.items()
    ]
    return said


def _columns(found: Analysis) -> tuple[tuple[Plot, ...], tuple[Plot, ...]]:
    """Return the plots of the page's two columns; on a phone the second follows the first."""
    left, right = [plots.served(found), plots.reactions(found)], []
    if found.of("all", "mean_reward"):
        right.append(plots.rewards(found, "policy"))
        left.append(plots.rewards(found, "prompt_version"))
        right.append(contrasts.versions(found))
    if any(found.of(by, "advantage", compared=True) for by in ("policy", "prompt_version", "shadow")):
        right.append(contrasts.advantages(found))
    if found.of("shadow", "snips_reward"):
        left.append(contrasts.shadows(found))
    return tuple(left), tuple(right)


def _facts(found: Analysis) -> tuple[tuple[str, str], ...]:
    facts = found.facts
    needed = (
        f"{LIMITS.groups} users, effective sample size {LIMITS.effective:g}, no decision with more than "
        f"{LIMITS.heaviest:.0%} of all weight, at most {LIMITS.unsupported:.0%} without support, at most "
        f"{FLAWED:.0%} of the decisions left out"
    )
    drawn = "each user" if facts.clusters >= facts.users else f"{facts.clusters:,} clusters of users, by hash"
    return (
        ("decisions of", f"{window(found)} (UTC), {_of(facts.days, 'day')}"),
        ("events", f"fingerprint {facts.fingerprint}"),
        ("decisions", f"{numbers.count(facts.decisions)}, of which {numbers.count(facts.rewarded)} have a reward"),
        ("rewards", "from \N{MINUS SIGN}1 (dismissed) to 1 (completed)"),
        ("intervals", f"{1 - ALPHA:.0%}, BCa bootstrap over {drawn}, {RESAMPLES:,} resamples"),
        ("needed for a number", needed),
    )


def _css() -> str:
    """The colours as variables, the report's style sheet, and what this page has beside it; on paper all is light."""
    sheets = (files("tipbandit_lab.report").joinpath("page.css"), files(__package__).joinpath("page.css"))
    return "\n".join((shades(), *(each.read_text(encoding="utf-8") for each in sheets)))


def _of(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
