"""Personas: kinds of users with tastes of their own, each a TOML file in ``shared/personas``.

What the numbers do is said in ``docs/simulation.md``: this module says which there are, and in what ranges.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

Kind = Literal["errand", "health", "learning", "money", "social", "tidying"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""What a tip can be about. Users care, policies are not told."""
EFFORT: Final[Mapping[Kind, float]] = {
    "errand": 0.2, "health": 0.0, "learning": 1.0, "money": 0.6, "social": -1.0, "tidying": -0.8
}  # fmt: skip
"""How much concentration a kind takes, from -1 (none) to 1."""

DIRECTORY: Final = Path(__file__).parents[2] / "shared" / "personas"

Hour = Annotated[float, Field(ge=0, lt=24)]
Share = Annotated[float, Field(ge=0, le=1)]
Logits = Annotated[float, Field(ge=-10, le=10)]
"""A term of the appeal: one unit is one standard logistic scale of mood."""
Hours = Annotated[float, Field(gt=0, le=2_000)]
Deviation = Annotated[float, Field(ge=0, le=5)]


def _some(shares: dict[Kind, float]) -> dict[Kind, float]:
    if not any(shares.values()):
        raise ValueError("at least one kind must have a share above 0")
    return shares


class Section(BaseModel):
    """The base of all sections: exact types, finite numbers, no unknown fields, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Opening(Section):
    """One time of day the user opens the app round: a wrapped normal, and how often it is this one."""

    hour: Hour
    spread_hours: Annotated[float, Field(gt=0, le=12)]
    share: Annotated[float, Field(gt=0, le=1_000)] = 1.0


class Supply(Section):
    """The tips there are for this user."""

    due_share: Share
    due_mean_hours: Hours
    overdue_share: Share
    """Of the tips that have a due time."""
    age_mean_hours: Hours
    no_priority_share: Share
    kinds: Annotated[dict[Kind, Annotated[float, Field(ge=0, le=1_000)]], AfterValidator(_some)]
    """Relative; a kind that is not named does not occur."""


class Weight(Section):
    """What multiplies a term of the appeal: weight + daily cos(2 pi (hour - at_hour)/24) + weekend [Sat, Sun]."""

    weight: Logits = 0.0
    daily: Logits = 0.0
    at_hour: Hour = 12.0
    weekend: Logits = 0.0


class Deadline(Weight):
    """The weight of a due time, which is felt within ``horizon_hours``; ``overdue`` is how strongly past it."""

    horizon_hours: Hours
    overdue: Annotated[float, Field(ge=-3, le=3)]


class Novelty(Weight):
    """The weight of being new, which is half gone after ``fading_hours``."""

    fading_hours: Hours


class Taste(Section):
    """What appeals to the user."""

    mood: Weight
    """Whatever the tip: the bias and the daily rhythm."""
    priority: Weight
    deadline: Deadline
    novelty: Novelty
    focus: Weight
    """Of the effort a kind takes."""
    kinds: dict[Kind, Logits]
    """A kind that is not named is worth 0."""


class Drift(Section):
    """A change of taste: from ``at`` (a share of the rounds) on, over ``over_days`` (0: at once)."""

    at: Share
    over_days: Annotated[float, Field(ge=0, le=1_000)] = 0.0
    taste: Taste


class Habituation(Section):
    """The most a kind can lose by having been looked at lately, and how long that lasts."""

    weight: Annotated[float, Field(ge=0, le=10)]
    memory_hours: Hours


class Reacting(Section):
    """Where the reactions lie on the scale of appeal and mood, from the top: completed, snoozed, ignored, dismissed."""

    completed_above: Logits
    snoozed_width: Annotated[float, Field(gt=0, le=10)]
    ignored_width: Annotated[float, Field(gt=0, le=10)]
    noise: Annotated[float, Field(gt=0, le=10)]
    """What the mood, standard logistic, is multiplied by."""


class Attention(Section):
    """The probability that what is shown is looked at: ``most`` at its hour, ``least`` twelve hours away."""

    least: Share
    most: Share
    at_hour: Hour


class Dwell(Section):
    """How long is looked, in seconds: a median for each reaction, and the spread of the logarithm."""

    completed: Annotated[float, Field(gt=0, le=3_600)]
    snoozed: Annotated[float, Field(gt=0, le=3_600)]
    ignored: Annotated[float, Field(gt=0, le=3_600)]
    dismissed: Annotated[float, Field(gt=0, le=3_600)]
    spread: Annotated[float, Field(ge=0, le=2)]
    per_appeal: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """What the logarithm of the time gains with each unit of appeal."""


class Spread(Section):
    """How users of one persona differ: standard deviations."""

    bias: Deviation
    weights: Deviation
    """Of each other weight."""
    daily: Deviation
    """Of each daily part."""
    kinds: Deviation
    hours: Deviation
    """By which a user's whole day is shifted."""
    scales: Annotated[float, Field(ge=0, le=1)]
    """Of the logarithm of horizons and fading times."""


class Persona(Section):
    """One kind of user.

    Attributes:
        name: the name of its file.
        has_profile: whether profile features are sent with its requests.
        past_days: how long these users were shown random tips before round 0; 0 for new users.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    title: Annotated[str, Field(min_length=1, max_length=60)]
    description: Annotated[str, Field(min_length=1, max_length=1_000)]
    has_profile: bool
    past_days: Annotated[int, Field(ge=0, le=366)]
    openings: Annotated[tuple[Opening, ...], Field(min_length=1, max_length=12, strict=False)]
    supply: Supply
    taste: Taste
    habituation: Habituation
    reacting: Reacting
    attention: Attention
    dwell: Dwell
    spread: Spread
    drift: Drift | None = None

    @field_validator("name")
    @classmethod
    def _is_that_of_the_file(cls, name: str, info: ValidationInfo) -> str:
        stem = (info.context or {}).get("stem", name)
        if name != stem:
            raise ValueError(f"must be that of the file, {stem!r}")
        return name


def load(path: Path) -> Persona:
    """Return the persona of one TOML file.

    Raises:
        ValueError: if it is not TOML or any field is wrong; the message names the file and every wrong field.
    """
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
        return Persona.model_validate(written, context={"stem": path.stem})
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ValueError(f"{path}: {'; '.join(wrong)}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None


def personas(directory: Path = DIRECTORY) -> dict[str, Persona]:
    """Return the personas that policies may be developed with, by name.

    Raises:
        ValueError: if there are none or any file is wrong; the message names all of them and their wrong fields.
    """
    return _load_all(directory)


def holdout(directory: Path = DIRECTORY / "holdout") -> dict[str, Persona]:
    """Return the personas that a policy meets for the first time when it is judged, by name; errors as above."""
    return _load_all(directory)


def _load_all(directory: Path) -> dict[str, Persona]:
    found, wrong = {}, []
    for path in sorted(directory.glob("*.toml")):
        try:
            found[path.stem] = load(path)
        except ValueError as error:
            wrong.append(str(error))
    if not found and not wrong:
        raise ValueError(f"{directory}: no personas")
    if wrong:
        raise ValueError("\n".join(wrong))
    return found
