"""What personas do, in numbers: what simple players earn with them, when they react how, and what profiles say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final, Literal

import numpy as np

from tipbandit_lab.arrays import Floats
from tipbandit_lab.fast import play
from tipbandit_lab.histories import Histories
from tipbandit_lab.imagined import Tip, moment, typical
from tipbandit_lab.moments import REACTIONS, Moment, Profiles, Reactions
from tipbandit_lab.personas import Persona
from tipbandit_lab.players import Choices
from tipbandit_lab.roster import factories
from tipbandit_lab.world import START_MS, Cohort, Setting
from tipbandit_recommender.profile import circular_mean

PLAYERS: Final = ("random", "urgent", "oracle")
SETTING: Final = Setting(users=32)
SEED: Final = -2
"""No run has it: nobody on the cards is met again."""

When = Literal["weekday", "weekend", "later"]

_HOURS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measures:
    """One persona in numbers.

    Attributes:
        rewards: the mean expected reward of each of ``PLAYERS``.
        by_hour: tips a user and day, by the hour and the reaction, under random choice, shape (24, 4).
        completion_rate: mean over the users, when the run begins; None where nothing is known, as those below.
        dismiss_rate: likewise.
        mean_dwell_s: likewise, in seconds.
        preferred_hour: the circular mean of those who have one.
    """

    rewards: Mapping[str, float]
    by_hour: Floats
    completion_rate: float | None
    dismiss_rate: float | None
    mean_dwell_s: float | None
    preferred_hour: float | None


def measured(persona: Persona, setting: Setting = SETTING) -> Measures:
    """Return what users of a persona do in one run with each of ``PLAYERS``."""
    cohort = Cohort(persona, SEED, setting)
    by_hour = np.zeros((_HOURS, len(REACTIONS)))

    def watch(player: str, now: Moment, _: Choices, reactions: Reactions) -> None:
        if player == "random":
            np.add.at(by_hour, (now.hour.astype(np.int64), reactions.reaction), 1.0)

    days = play(cohort, factories(PLAYERS), watch).tables()["days"].to_pylist()
    decisions = setting.users * setting.rounds
    rewards = {name: sum(day["expected"] for day in days if day["player"] == name) / decisions for name in PLAYERS}
    profiles = _profiles(cohort)
    return Measures(
        rewards=rewards,
        by_hour=by_hour / (setting.users * setting.days),
        completion_rate=_mean(profiles.completion_rate),
        dismiss_rate=_mean(profiles.dismiss_rate),
        mean_dwell_s=_mean(profiles.mean_dwell_s),
        preferred_hour=_circular(profiles.preferred_hour),
    )


def _profiles(cohort: Cohort) -> Profiles:
    histories = Histories(cohort.setting.users)
    for each in cohort.past():
        histories.add(each.moment, each.reactions)
    return histories.profiles(np.full(cohort.setting.users, START_MS, dtype=np.int64))


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return fmean(known.tolist()) if len(known) else None


def _circular(hours: Floats) -> float | None:
    known = hours[~np.isnan(hours)].tolist()
    return circular_mean(known)[0] if known else None


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """How appeal depends on one number of a tip, for a user exactly as the persona is written.

    Attributes:
        hour: of the day.
        when: on a weekday, at a weekend, or later: on a weekday after the drift.
        added: what each value of the number adds to the appeal, compared with ``Axis.without``.
    """

    hour: float
    when: When
    added: Floats


@dataclass(frozen=True, slots=True)
class Axis:
    """A number of a tip to look along: its ``values``, and the value compared ``without``."""

    name: str
    values: tuple[float, ...]
    without: float


AXES: Final = (
    Axis("due_in_hours", tuple(np.linspace(-12, 96, 109).tolist()), np.nan),
    Axis("priority", tuple(np.linspace(0, 1, 21).tolist()), 0.5),
    Axis("age_hours", tuple(np.linspace(0, 168, 85).tolist()), 168.0),
)


def curves(persona: Persona, axis: Axis) -> Sequence[Curve]:
    """Return a curve for each time the persona opens the app, and if they differ for weekends and after its drift."""
    taste = persona.taste
    weekends = any(weight.weekend for weight in (taste.priority, taste.deadline, taste.novelty))
    kinds: dict[When, bool] = {"weekday": True, "weekend": weekends, "later": persona.drift is not None}
    hours = sorted(opening.hour for opening in persona.openings)
    return [_curve(persona, axis, hour, when) for when, differs in kinds.items() if differs for hour in hours]


def _curve(persona: Persona, axis: Axis, hour: float, when: When) -> Curve:
    plain = {"priority": np.nan, "due_in_hours": np.nan, "age_hours": 0.0}
    along = [plain | {axis.name: value} for value in (*axis.values, axis.without)]
    tips: list[Tip] = [("errand", each["priority"], each["due_in_hours"], each["age_hours"]) for each in along]
    imagined = moment(tips, [hour], number=int(when == "later"), weekday=5 if when == "weekend" else 0)
    appeal = typical(persona, change=(1, 1)).appeal(imagined)[:, 0]
    return Curve(hour, when, appeal[:-1] - appeal[-1])
